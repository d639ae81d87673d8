"""Values made from answers."""

from __future__ import annotations

import pickle
from datetime import datetime

import pytest

from specbind.nodeodx.exceptions import NodeResponseError, TaskFailedError
from specbind.nodeodx.types import NodeInfo, NodeOption, TaskInfo, TaskStatus

ANSWER = {
    "uuid": "u",
    "name": "n",
    "dateCreated": 1_600_000_000_999,
    "processingTime": -1,
    "status": {"code": 20},
    "options": [{"name": "dsm", "value": True}],
    "imagesCount": 3,
}


def test_task_info_has_the_documented_values() -> None:
    info = TaskInfo(ANSWER)
    assert vars(info) == {
        "uuid": "u",
        "name": "n",
        "date_created": datetime(2020, 9, 13, 12, 26, 40),  # noqa: DTZ001 - naive, as documented
        "processing_time": -1,
        "status": TaskStatus.RUNNING,
        "last_error": "",
        "options": [{"name": "dsm", "value": True}],
        "images_count": 3,
        "progress": 0,
        "output": [],
    }


def test_task_without_a_name_has_an_empty_one() -> None:
    assert TaskInfo({key: value for key, value in ANSWER.items() if key != "name"}).name == ""


def test_error_of_a_failed_task() -> None:
    info = TaskInfo({**ANSWER, "status": {"code": 30, "errorMessage": "Not enough memory"}})
    assert (info.status, info.last_error) == (TaskStatus.FAILED, "Not enough memory")


def test_unknown_status_is_kept() -> None:
    status = TaskInfo({**ANSWER, "status": {"code": 77}}).status
    assert isinstance(status, TaskStatus)
    assert (status.value, status.name) == (77, "UNKNOWN_77")
    assert status == TaskStatus(77) == pickle.loads(pickle.dumps(status))  # noqa: S301 - our own bytes
    assert status not in list(TaskStatus)


def test_status_is_no_text() -> None:
    with pytest.raises(ValueError, match="COMPLETED"):
        TaskStatus("COMPLETED")


def test_absent_members_of_a_node() -> None:
    info = NodeInfo({"version": "1.0.0", "odmVersion": "0.7"})
    assert (info.version, info.engine, info.engine_version, info.odm_version) == ("1.0.0", "odm", "0.7", "0.7")
    assert (info.max_images, info.total_memory) == (None, None)
    assert NodeInfo({}).version == NodeInfo({}).engine == "?"


def test_values_print_as_dicts_and_equal_their_like() -> None:
    option = NodeOption("", "Help.", "dsm", "false", "bool")
    assert str(option) == "{'domain': '', 'help': 'Help.', 'name': 'dsm', 'value': 'false', 'type': 'bool'}"
    assert option == NodeOption("", "Help.", "dsm", "false", "bool")
    assert option != NodeOption("", "Help.", "dtm", "false", "bool")


@pytest.mark.parametrize(
    "error",
    [NodeResponseError("no", no_retry=True), TaskFailedError("bad", status=TaskStatus.FAILED, info=TaskInfo(ANSWER))],
)
def test_errors_survive_pickling(error: Exception) -> None:
    found = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(found), vars(found)) == (str(error), vars(error))
