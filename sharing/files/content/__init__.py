"""What a file is, the file without place and camera, a small picture of it, and whether it has a virus.

All work on plain binary files and know no key, no table and no request: `media_type.detect`, `confinement.clean`,
`confinement.still`, `virus_scan.scan`. Nothing is imported here, so that a confined decoder loads what it needs only.
"""
