"""Making the nano pair: frames and expert commands from the simulator, target, exits and draft."""
