"""What all simulators share: the server, the clock, the control API, the request log and the faults."""
