"""Documents become Kubernetes objects. Pure: nothing here reads a file.

read        the objects of a document, lists unpacked
identity    namespace and name, as the API server would take or refuse them
kinds       what is known of kinds: scope, spelling of names
templates   placeholders that nobody filled
words       values as a message shows them
foreign     what a document is that is no object
triage      which files that cannot be parsed were never manifests
kustomize   patches and other files that only make sense to kustomize
join        what many documents and files hold, with repetitions taken out
pack        objects as plain tuples, to hand them to another process
"""

from checker.objects.join import join
from checker.objects.read import objects
from checker.objects.types import ENVOY, LIMITS, ApiObject, Objects, is_limits, is_proxy

__all__ = ["ENVOY", "LIMITS", "ApiObject", "Objects", "is_limits", "is_proxy", "join", "objects"]
