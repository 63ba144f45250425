"""The tour: the main job from reading a purpose to proving an access, over HTTP against the running service.

Each module holds the steps of one part. A step takes the journey so far, does something, checks what came back, and
returns one line about it; what is not as it must be raises StepFailed.
"""
