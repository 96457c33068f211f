"""GENRE beside public libraries and physical limits; `python -m benchmarks` lists what there is."""
