"""Executes a notebook that comes by standard input, and writes it with its outputs to descriptor 3.

A real kernel (ipykernel) runs the cells, driven by nbclient; both are in the sandbox. Nothing here is a wall.
"""

import ast
import asyncio
import json
import os
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

RESULT_DESCRIPTOR = 3

PARAMETERS = "parameters"
INJECTED = "injected-parameters"

# Evaluated by the kernel when all cells are done.
IS_BOUND = '"result" in globals()'
BOUND = '__import__("json").dumps(result, allow_nan=False)'
LAST = '__import__("json").dumps(list(_oh.values())[-1] if _oh else None, allow_nan=False)'


class LoggingClient(NotebookClient):
    """Passes on what cells print while they print it."""

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "stream":
            stream = sys.stderr if msg["content"]["name"] == "stderr" else sys.stdout
            stream.write(msg["content"]["text"])
            stream.flush()
        return super().process_message(msg, cell, cell_index)


def tags(cell):
    return cell.get("metadata", {}).get("tags", [])


def inject(notebook, inputs):
    """As papermill does: a cell of assignments after the one tagged `parameters`, or before all others."""
    notebook.cells = [cell for cell in notebook.cells if INJECTED not in tags(cell)]
    if not inputs:
        return
    source = "\n".join("%s = %r" % item for item in inputs.items())
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": [INJECTED]})
    if notebook.nbformat_minor < 5:
        cell.pop("id", None)
    tagged = [at for at, cell in enumerate(notebook.cells) if PARAMETERS in tags(cell)]
    notebook.cells.insert(tagged[0] + 1 if tagged else 0, cell)


async def evaluate(client, expression):
    """The value of an expression in the kernel, or an error's name and message."""
    message = client.kc.execute("", silent=True, store_history=False, user_expressions={"it": expression})
    reply = await client.async_wait_for_reply(message)
    answer = reply["content"]["user_expressions"]["it"]
    if answer["status"] != "ok":
        return None, "%s: %s" % (answer["ename"], answer["evalue"])
    return ast.literal_eval(answer["data"]["text/plain"]), None


async def result_of(client):
    """What the variable `result` holds; without one, the last value that a cell showed, if JSON can carry it."""
    bound, _ = await evaluate(client, IS_BOUND)
    if bound:
        text, error = await evaluate(client, BOUND)
        if error is not None:
            raise ValueError("the variable result is not JSON: %s" % error)
        return json.loads(text)
    text, error = await evaluate(client, LAST)
    return None if error is not None else json.loads(text)


async def execute(notebook):
    """Runs every cell; the cell that is under way stands in `client.at`."""
    client = LoggingClient(notebook, kernel_name="python3", timeout=None)
    client.at = None
    async with client.async_setup_kernel():
        await client.async_wait_for_reply(client.kc.kernel_info())
        code_cells = 0
        for index, cell in enumerate(notebook.cells):
            try:
                await client.async_execute_cell(cell, index, execution_count=code_cells + 1)
            except CellExecutionError as error:
                place = [one for one in notebook.cells if INJECTED not in tags(one)].index(cell) + 1 \
                    if INJECTED not in tags(cell) else None
                where = "cell %d" % place if place is not None else "the inputs"
                raise RuntimeError("%s: %s (%s)" % (error.ename, error.evalue, where)) from None
            code_cells += cell.cell_type == "code"
        return await result_of(client)


def run():
    # The kernel's debugger would warn, in every log, that it is not looking for breakpoints.
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    # A surrogate without a partner has no UTF-8; what it becomes is the way in which JSON writes it.
    results = os.fdopen(os.dup(RESULT_DESCRIPTOR), "w", encoding="utf-8", errors="backslashreplace")
    os.close(RESULT_DESCRIPTOR)
    job = json.load(sys.stdin)
    try:
        notebook = nbformat.reads(json.dumps(job["notebook"]), as_version=4)
        inject(notebook, job["inputs"])
        result = asyncio.run(execute(notebook))
        answer = json.dumps({"value": {"result": result, "notebook": notebook}}, ensure_ascii=False)
    except DeadKernelError:
        answer = json.dumps({"error": "the kernel died (see the log)"})
    except BaseException as error:
        answer = json.dumps({"error": str(error)})
    results.write(answer)
    results.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


run()
