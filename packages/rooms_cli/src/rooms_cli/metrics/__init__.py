"""What a running process shows to Prometheus and to whoever asks whether it is well. Off unless it is asked for."""
