"""Where deliveries go."""
