"""python -m genre: the command line."""

from genre.cli.main import run

if __name__ == "__main__":
    run()
