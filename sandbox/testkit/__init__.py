"""The test kit: a running sandbox in the words of a test, and what starts one.

sandbox = Sandbox("http://127.0.0.1:8484")
sandbox.send({"type": "track", "userId": "user-1", "event": "Signed Up"})
delivery = sandbox.wait_for(kind="delivery", destination="crm", event="Signed Up")
"""

from sandbox.testkit.launch import Launched, launched
from sandbox.testkit.sandbox import Sandbox, WaitedInVainError

__all__ = ["Launched", "Sandbox", "WaitedInVainError", "launched"]
