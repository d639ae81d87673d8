"""`specbind emulate`: a command line that cannot be meant is refused at the start, in words."""

import pytest

from specbind.emulators.nodeodx import Faults
from specbind.generator.cli import main


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--port", "abc", "a port is a number from 0 to 65535, not 'abc'"),
        ("--port", "70000", "a port is a number from 0 to 65535, not '70000'"),
        ("--speed", "x", "a number above 0 is wanted, not 'x'"),
        ("--speed", "0", "a number above 0 is wanted, not '0'"),
        ("--speed", "nan", "a number above 0 is wanted, not 'nan'"),
        ("--max-images", "x", "a whole number of at least 1 is wanted, not 'x'"),
        ("--parallel-tasks", "0", "a whole number of at least 1 is wanted, not '0'"),
        ("--parallel-tasks", "9" * 5000, "a whole number of at least 1 is wanted"),
    ],
)
def test_a_wrong_value_is_told_by_what_is_wanted(capsys, option, value, words):
    with pytest.raises(SystemExit) as ended:
        main(["emulate", "nodeodx", option, value])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert words in said
    assert "invalid _" not in said


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://", "http://h:x/"])
def test_a_webhook_that_cannot_be_called_is_refused(capsys, url):
    assert main(["emulate", "nodeodx", "--port", "0", "--webhook", url]) == 2
    assert "webhook is a URL such as http://" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("drop", "a fault names a call, as in drop:upload"),
        ("503", "a fault names a call, as in 503:upload"),
        ("truncate", "a fault names a call, as in truncate:download:0.5"),
        ("slow", "a fault names a call, as in slow:download:1M"),
        ("drop:uplaod", "no call is called 'uplaod'; there are info"),
        ("dorp:upload", "no fault is called 'dorp'; there are changed, drop"),
    ],
)
def test_a_fault_that_is_none_is_told_with_a_way_out(capsys, fault, words):
    assert main(["emulate", "nodeodx", "--port", "0", "--faults", fault]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("example", ["drop:upload", "truncate:download:0.5", "slow:download:1M", "changed:download"])
def test_the_examples_are_faults(example):
    assert Faults(example).take(example.split(":")[1]).kind == example.split(":")[0]
