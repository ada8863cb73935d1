"""Pictures of what people see in Slack, drawn from the payloads that the app really sends."""
