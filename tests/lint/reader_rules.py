"""What the reader of deploy/databricks must not use: serverless compute refuses it, or it is slower than a function of
Spark's own. https://docs.databricks.com/aws/en/compute/serverless/limitations"""

from __future__ import annotations

import ast
from collections.abc import Iterator

MODULES = {"pandas", "numpy", "pyarrow", "databricks"}
NAMES = {
    **dict.fromkeys(["rdd", "sparkContext", "SparkContext", "mapPartitions"], "no RDD on serverless compute"),
    **dict.fromkeys(["cache", "persist", "unpersist"], "no cache on serverless compute"),
    **dict.fromkeys(
        ["udf", "pandas_udf", "udtf", "UserDefinedFunction"], "a function of Spark's own does it"
    ),
    **dict.fromkeys(
        ["toPandas", "mapInPandas", "applyInPandas", "mapInArrow"], "the reader is free of pandas"
    ),
}


def findings(text: str, name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text, name)):
        used: list[str] = []
        if isinstance(node, ast.Import):
            used = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            used = [node.module or "", *[alias.name for alias in node.names]]
        elif isinstance(node, ast.Attribute):
            used = [node.attr]
        elif isinstance(node, ast.Name):
            used = [node.id]
        for word in used:
            if isinstance(node, ast.Import | ast.ImportFrom) and word.split(".")[0] in MODULES:
                yield f"{name}:{node.lineno}: {word}: the reader needs nothing beside Spark"
            if word in NAMES:
                yield f"{name}:{node.lineno}: {word}: {NAMES[word]}"
