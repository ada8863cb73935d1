"""The product in a minute: invented outlets, a newsroom that serves them, rules to watch them."""
