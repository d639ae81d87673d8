"""Misbehaviour of servers, played byte by byte against a generated client with retries.

The numbers are those of a list of 62 misbehaviours; each test has its number in its id or its docstring. Every test
ends within the deadline of its call, and `conftest.py` sees that no task, socket or file stays open. Errors are looked
at by `Api.told`: they name method, path and attempt (and the request id where an answer had one), and none of three
secrets stands in message, repr or traceback.

| row | the server | test |
|---|---|---|
| 1 | resets in the body | test_answers: breaks off; stream that breaks off |
| 2 | closes in a chunk, or without the last one | test_answers: the same |
| 3 | cuts a gzip body | test_answers: breaks off |
| 4 | gzip with a wrong CRC or with junk behind it | test_answers: compressed answer that is wrong |
| 5 | a bomb, also nested; an encoding that was not offered | test_answers: bomb |
| 6 | calls a plain body gzip | test_answers: compressed answer that is wrong |
| 7 | promises too few bytes, with another answer behind them | test_answers: never the next answer |
| 8 | promises too many bytes | test_answers: breaks off; owes bytes and says nothing |
| 9 | gives an unclear length | test_answers: unclear length |
| 10 | 429 with two seconds | test_waits: wait after a refusal |
| 11 | 429 with a date | test_waits: the same |
| 12 | 429 with a wait that is too long, or nonsense | test_waits: the same; too long |
| 13 | 429 without a wait | test_waits: the same; spread |
| 14 | is down for 1,000 calls | test_waits: storm |
| 15 | 503 to a POST without a key | test_waits: not repeated |
| 16 | loses the answer to a POST with a key | test_waits: repeated with the same |
| 17 | redirects in a loop, or thirty times | test_redirects: end after ten |
| 18 | redirects to another port or host, or from https to http | test_redirects: nothing secret; never becomes http |
| 19 | 307 or 308 to a streamed upload | test_redirects: can be read again |
| 20 | 301, 302, 303 and 307 to a POST | test_redirects: method |
| 40 | refuses connections, then comes up | test_waits: comes up; stays down |
| 43 | closes a kept connection as we write, or before | test_waits: kept connection; test_idle: was closed |
| 44 | leaves bytes on an idle connection | test_idle: never an answer |
| 45 | 401 to fifty calls at once | test_tokens: share one refresh |
| 46 | 401 for ever; the refresh fails | test_tokens: never good; refresh that fails |
| 47 | lets the token end in the middle | test_tokens: paging; download |
| 51 | another range, total, or none, or multipart | test_ranges: wrong range; always wrong; names the call |
| 52 | another version between ranges | test_ranges: wrong range; changes for good |
| 53 | 200 or 416 to a range | test_ranges: wrong range; 416 |
| 54 | a range that is longer than promised | test_ranges: wrong range |
| 56 | is waited for when the caller cancels | test_cancel |

Not here: zstd and br of row 5 are never offered, so that such an answer is refused unread. TLS of row 18 is played by a
scripted transport. Rows 21 to 39, 41, 42, 48 to 50, 55 and 57 to 62 belong to the tests of the runtime and of the
pages (`tests/behaviour/runtime`, `tests/unit/core/test_pages.py`), or to parts that have no tests by this list yet.
"""
