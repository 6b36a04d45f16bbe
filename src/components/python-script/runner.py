"""Runs main(inputs) of a script that comes by standard input, and writes what it returns to descriptor 3.

The script shares this process, so nothing here is a wall: the sandbox around it is.
"""

import json
import os
import sys
import traceback
import types

RESULT_DESCRIPTOR = 3
FILE_NAME = "script.py"


def take_job():
    """The script and its inputs. Afterwards standard input is empty for the script."""
    job = json.load(sys.stdin)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return job


def take_results():
    """The way to us, out of reach of programs that the script starts."""
    descriptor = os.dup(RESULT_DESCRIPTOR)
    os.close(RESULT_DESCRIPTOR)
    # A surrogate without a partner has no UTF-8; what it becomes is the way in which JSON writes it.
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")


def describe(error):
    """Type and message, and the innermost line that lies in the script."""
    if isinstance(error, SyntaxError):
        return {"error": "%s: %s" % (type(error).__name__, error.msg), "line": error.lineno}
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    lines = [
        line for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == FILE_NAME
    ]
    return {"error": text, "line": lines[-1] if lines else None}


def call(job):
    module = types.ModuleType("script")
    sys.modules["script"] = module
    exec(compile(job["code"], FILE_NAME, "exec"), module.__dict__)
    main = getattr(module, "main", None)
    if not callable(main):
        raise TypeError("the script has no function main(inputs)")
    result = main(job["inputs"])
    # Infinity and NaN are not JSON.
    return json.dumps({"value": result}, allow_nan=False, ensure_ascii=False)


def run():
    results = take_results()
    job = take_job()
    try:
        answer = call(job)
    except MemoryError:
        answer = json.dumps({"kind": "out_of_memory"})
    except BaseException as error:
        answer = json.dumps(describe(error))
    results.write(answer)
    results.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that the script left must not keep the sandbox.
    os._exit(0)


run()
