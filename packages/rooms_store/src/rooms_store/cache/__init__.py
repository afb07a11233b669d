"""What is shown, kept for a while: in this process, or in a Valkey that several processes share."""
