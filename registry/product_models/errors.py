"""What can be wrong with a product model."""

from kernel.errors import Conflict


class ModelCodeTaken(Conflict):
    """There is a product model of that code."""

    code = "model_code_taken"
