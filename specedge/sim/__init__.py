"""The simulated Go2: rooms, the MuJoCo world, and the robot's own services."""
