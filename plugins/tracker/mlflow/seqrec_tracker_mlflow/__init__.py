"""The parameters, metrics and files of a run in MLflow."""
