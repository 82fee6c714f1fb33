"""Where Greenroom answers otherwise than MLflow on purpose: the whole list, which the parity tests read.

An entry that no request of the written cases needs any more fails `test_parity.py`.
"""

import re
from typing import NamedTuple


class Difference(NamedTuple):
    """`request` is searched in "METHOD path fields", `differs` matches the place in the answer as a whole.

    `peer` and `ours`, where given, are searched in the two answers and narrow the entry further.
    """

    request: str
    differs: str
    reason: str
    peer: str = ""
    ours: str = ""

    def covers(self, request: str, place: str, peer: str, ours: str) -> bool:
        """Whether this entry explains a difference in `place` between the texts of the two answers."""
        return bool(
            re.search(self.request, request)
            and re.fullmatch(self.differs, place)
            and re.search(self.peer, peer)
            and re.search(self.ours, ours)
        )


# A value that no field takes, as the mistakes try them.
_WRONG = (
    r"': (''|' '|'(nothing-like-it|five|x|finished)'|7|-1|1\.5|True|\[\]|\['a'|\{\}|\{'(key|a)': |\[1\]|9)"
)
# What Greenroom's searches understand beyond MLflow's: how such filters begin, and such orders.
_BEYOND = (
    r"(name|params\.alpha) = '[^ ]*' OR |NOT |\(|`name`|attributes?\.name|alias|stage|description"
    r"|tags\.team IS |(param|metric)s?\.(depth|loss|alpha|acc)|tag\.size|name like|status IN|tags\.from"
)
_ORDERS = r"\['attribute\.name'\]|\[' name DESC '\]|\['metrics\.loss'\]"
_VERSION = r"(model_version|model_versions\[\]|registered_models?(\[\])?\.latest_versions\[\])"

DIFFERENCES = [
    Difference(
        r"(registered-models|model-versions)/",
        rf"body\.({_VERSION}|registered_model|registered_models\[\])\.user_id",
        "Greenroom knows who made a model or a version and says so; MLflow leaves the field out.",
    ),
    Difference(
        r"(registered-models|model-versions)/",
        rf"body\.{_VERSION}\.aliases",
        "A version comes with its aliases wherever it is shown; MLflow leaves them out of lists and searches.",
    ),
    Difference(
        r"model-versions/get-download-uri",
        r"body\.artifact_uri",
        "A version of a run that goes on logging is made of a copy of what was there, and its clients load the copy.",
        ours=r"model-versions/",
    ),
    Difference(
        "",
        r"body\.message",
        "The words of a database, its statements and values among them, are nobody's business.",
        peer=r"sqlite3\.|sqlalche\.me",
    ),
    Difference(
        r"(POST|GET) \S+/search ",
        r"body\.message",
        "A filter or an order that is wrong says where and what was expected.",
        peer=r"(?i)filter|order.?by|clause|compar|quote|attribute key|entity type|numeric value|IS NULL",
    ),
    Difference(
        rf"(registered-models|model-versions)/search .*('filter': [\"']({_BEYOND})|'order_by': ({_ORDERS}))"
        rf"|(experiments|runs|logged-models)/search .*'filter': [\"']({_BEYOND})",
        "status",
        "Filters and orders have more in them than MLflow's: OR, NOT, parentheses, further fields and spellings.",
        peer="Invalid|Only .* support|Internal Server Error",
    ),
    Difference(
        r"(POST|GET) \S+/search |GET metrics/get-history ",
        r"status|body\.message",
        "A page token that this search never gave out is refused; MLflow reads a number out of any.",
        peer=r"Invalid page token",
    ),
    Difference(
        r"POST (runs|logged-models)/search .*'page_token': '\$token'",
        r"status|body\.message",
        "A page token is good for one order; MLflow goes on at its number in another, or says so in other words.",
        ours="Invalid page token",
    ),
    Difference(
        r"/search .*'page_token': 'eyJvZmZzZXQiOiAtMX0='",
        r"status|body\.message",
        "MLflow takes a page token with a negative offset, which it never gave out.",
    ),
    Difference(
        r"(registered-models|model-versions|logged-models)/search .*'max_results': (-1|0|1\.5|True)\b",
        r"status|body\.message",
        "A number of results that is none, or is no number, is refused as MLflow's other searches do it.",
    ),
    Difference(
        _WRONG,
        r"status|body\.message|body\.sqlstate|body\.error_class",
        "A field that cannot be read is refused; MLflow goes on with half a message where it looks at no type.",
        ours="supplied:  Hint: Value was of type",
    ),
    Difference(
        r"'artifact_location': ",
        r"status|body\.message",
        "Files of the server and hosts that a client names are out of reach for an experiment's artifacts.",
        ours="'artifact_location' (must name|cannot hold|cannot use)",
    ),
    Difference(
        "POST experiments/update ",
        r"body\.(error_code|error_class)",
        "A new name that is taken is said to exist, as at creation; MLflow passes its database's complaint on.",
        peer="UNIQUE constraint",
    ),
    Difference(
        "'experiment_id': '01'",
        r"body\.message",
        "An experiment is named by its number, however many noughts a client put before it.",
    ),
    Difference(
        "POST runs/(create|update) .*_time': 1180591620717411303424",
        r"status|body\.message",
        "A time beyond 64 bits is refused; MLflow reads it as none.",
    ),
    Difference(
        "POST experiments/create .*'key': 'a'.*'key': 'a'",
        r"body\.(error_code|error_class|message)",
        "A tag given twice is the request's mistake and no experiment that exists.",
        peer="RESOURCE_ALREADY_EXISTS",
    ),
    Difference(
        r"/search .*'max_results': None",
        "status",
        "null is the same as leaving the field out, here as in every other field; MLflow fails.",
    ),
    Difference(
        r"'\w*name': '(x{257}|a\\tb)'",
        r"status|body\.(message|error_code|error_class)",
        "Names are at most 256 characters, as MLflow's own tables say, and without invisible ones.",
    ),
    Difference(
        r"'tags': \[('a'|None|\{'key': 1|\{'key': 'a', 'value': 1\})",
        r"status|body\.message",
        "Tags are read as a whole: one that is none is refused, while MLflow keeps what it read before it.",
    ),
    Difference(
        r" (application/(json|x-www-form-urlencoded)|text/plain) b'(\{|\[\]|\\xff\\xfe|name=a|7|\"text\")'",
        r"status|body\.message",
        "A body that is no JSON object is called so; MLflow takes it for an empty one.",
    ),
    Difference(
        r"\\x00",
        r"status|body\.message",
        "A text with the character NUL is refused, since PostgreSQL keeps none.",
        ours="Text must not contain the NUL character",
    ),
    Difference(
        r"GET .*'after': 'an empty file'",
        r"body\.files\[\]\.file_size",
        "The size of an empty file is said, too; MLflow leaves a nought out.",
    ),
    Difference(
        "1180591620717411303424",
        r"body\.message",
        "A number beyond 64 bits is refused as the number it reads as.",
    ),
    Difference(
        r"GET model-versions/get-download-uri ",
        r"body\.message",
        "What is missing or wrong is said in the words of the other calls.",
        peer="Missing value for required parameter 'name'|must be an integer, got ''|Invalid model name",
    ),
    Difference(
        r"POST model-versions/create .*'source': ",
        r"body\.message",
        "What can be a source is said of this server: it opens no local path and no host that a client names.",
        peer=r"To use a local path as a model version source|cannot use the '\w+|provided without relative path",
    ),
    Difference(
        r"POST runs/create (application/json b'|\{\})|POST runs/create \{(?!'experiment_id': '\$exp')",
        r"body\.(message|error_code)",
        "A run without an experiment is a missing value, not the database's complaint about it.",
        peer="FOREIGN KEY",
    ),
    Difference(
        r"artifacts\S* .*'(path|artifact_directory_path)': ",
        r"body\.message",
        "A path that leads nowhere says why.",
        peer="Invalid path",
        ours="Invalid artifact path",
    ),
    Difference(
        "POST experiments/search-datasets ",
        "status",
        "The call is offered below both prefixes; MLflow's own address for it lacks a slash.",
    ),
    Difference(
        "GET metrics/get-history-bulk ",
        "status",
        "The call is offered below both prefixes; MLflow has it for its own pages alone.",
    ),
    Difference(
        "POST (runs|logged-models)",
        r"body\.error_code",
        "What the request got wrong has the code for that; MLflow passes its database's complaint on.",
        peer=r"BAD_REQUEST.*(sqlite3\.|sqlalche\.me)",
    ),
    Difference(
        "POST runs/log-batch .*'(metrics|params|tags)': None",
        "status",
        "null is the same as leaving the field out, here as in every other field; MLflow fails.",
    ),
    Difference(
        r"'params': \[\{'key': 'a', 'value': 1\}",
        r"status|body\.message",
        "Parameters are read as a whole: one that is none is refused, while MLflow keeps what it read before it.",
    ),
    Difference(
        "POST runs/log-metric .*'(timestamp|step)': 1180591620717411303424",
        "status",
        "A number beyond 64 bits is refused; MLflow reads it as none.",
    ),
    Difference(
        "artifacts",
        r"status|body\.message",
        "Paths are parsed once and strictly: what could mean another path to another reader is refused.",
        ours="Invalid artifact path: it ",
    ),
    Difference(
        "GET metrics/get-history .*'page_token': 'eyJvZmZzZXQiOiAtMX0='",
        r"status|body\.message",
        "MLflow takes a page token with a negative offset, which it never gave out.",
    ),
    Difference(
        r"(PATCH logged-models/\$model|POST logged-models/\$model/params) ",
        r"status|body\.message",
        "The address says which logged model is meant; its id in the body is neither needed nor listened to.",
        peer=r"parameter 'model_id'|Logged model with ID",
    ),
    Difference(
        r"PATCH logged-models/\$model .*'status': '(RUNNING|KILLED)'",
        r"status|body\.message",
        "A status that a logged model cannot have is refused; MLflow forgets the status it had.",
    ),
    Difference(
        r"POST logged-models/search .*'filter': '[a-z.]+ = \"",
        r"body\.models",
        "A text may stand in double quotes; MLflow takes them for a part of it.",
    ),
    Difference(
        "POST logged-models/search .*'filter': \"status = '",
        r"body\.models",
        "A status goes by its name; MLflow compares the text with the number that it keeps, and finds none.",
    ),
    Difference(
        r"POST logged-models/search .*'datasets': \[\{'dataset_name': 'ds'\}\]",
        r"body\.models",
        "A data set that is asked for by its name alone may have any digest; MLflow finds those without one.",
    ),
    Difference(
        "GET logged-models/.*'after': 'a metric that is no number'",
        r"body\.model\.data\.metrics\[\]\.value",
        "A metric of a logged model may be no number, as one of a run; MLflow makes 0 of it.",
    ),
    Difference(
        "GET logged-models/.*'allow_deleted': 'yes'",
        r"status|body\.message",
        "A boolean is true or false in every call; MLflow takes all else for false in this one.",
    ),
    Difference(
        "GET model-versions/search .*'after': 'prompts'",
        r"body\.model_versions",
        "A version is a prompt's if it says so itself; MLflow hides all of a name of which one does.",
    ),
    Difference(
        "GET runs/get .*'after': 'a batch that was refused'",
        r"body\.run\.data\.(metrics|params)",
        "A batch that is refused leaves nothing behind; MLflow keeps what it had written before it noticed.",
    ),
    Difference(
        "POST runs/outputs ",
        "status",
        "To log the same output again does no harm; MLflow passes its database's complaint on.",
        peer="UNIQUE|BAD_REQUEST",
    ),
    Difference(
        r"POST runs/create .*'key': 'x{251}",
        r"status|body\.message",
        "A tag's key has at most 250 characters whichever call sets it; MLflow forgets to look here.",
        ours="exceeds the maximum length",
    ),
    Difference(
        r"POST runs/log-metric .*'value': 'x{100,}",
        r"body\.message",
        "Of a very long value as much is repeated as a person can use.",
    ),
]
