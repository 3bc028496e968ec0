"""The pytest plugin as those have it who install the package."""

import pytest

pytest_plugins = ("pytester",)

QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly")


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A partner's project with the embedded workspace."""
    pytester.makeini("[pytest]\nsegment_sandbox_up = --offline\n")
    return pytester


def test_each_test_has_a_sandbox_of_its_own(project: pytest.Pytester) -> None:
    """And those of the session share one."""
    project.makepyfile("""
        SEEN = []

        def check(sandbox):
            SEEN.append(sandbox.url)
            return sandbox.send({"type": "track", "userId": "u", "event": "e"})

        def test_one(segment_sandbox):
            assert check(segment_sandbox) == 1

        def test_two(segment_sandbox):
            assert check(segment_sandbox) == 1
            assert len(set(SEEN)) == 2

        def test_shared(segment_sandbox_session):
            assert check(segment_sandbox_session) == 1

        def test_shared_again(segment_sandbox_session):
            assert check(segment_sandbox_session) > 1
    """)
    project.runpytest_subprocess(*QUIET).assert_outcomes(passed=4)


def test_processes_of_one_run_share_no_sandbox(project: pytest.Pytester) -> None:
    """With pytest-xdist, the session's sandbox is that of the process: numbers begin anew in each."""
    code = """
        def test_alone(segment_sandbox_session):
            assert segment_sandbox_session.send({"type": "track", "userId": "u", "event": "e"}) == 1
    """
    project.makepyfile(test_one=code, test_two=code)
    project.runpytest_subprocess(*QUIET, "-n", "2", "--dist", "loadfile").assert_outcomes(passed=2)


def test_faults_and_clock_are_at_hand(project: pytest.Pytester) -> None:
    """A fault that strikes once, and the retries of four hours at once."""
    project.makepyfile("""
        import urllib.error, urllib.request, base64, json
        import pytest

        def track(sandbox):
            key = base64.b64encode((sandbox.write_key + ":").encode()).decode()
            body = json.dumps({"userId": "u", "event": "e"}).encode()
            request = urllib.request.Request(sandbox.url + "/v1/track", body, {"Authorization": "Basic " + key})
            return urllib.request.urlopen(request, timeout=60).status

        def test_kit(segment_sandbox):
            number = segment_sandbox.faults.add(path="/v1/track", status=503, calls="1")
            with pytest.raises(urllib.error.HTTPError):
                track(segment_sandbox)
            assert track(segment_sandbox) == 200
            assert segment_sandbox.faults.all()[0]["struck"] == 1
            segment_sandbox.faults.clear(number)
            assert segment_sandbox.faults.all() == []
            before = segment_sandbox.clock.now
            segment_sandbox.clock.advance("4h")
            assert segment_sandbox.clock.now > before
            segment_sandbox.wait_for_all(2, "delivery", timeout=60)
            assert {each["state"] for each in segment_sandbox.deliveries()} == {"delivered"}
            assert [each["event"] for each in segment_sandbox.messages(event="e")] == ["e"]
            numbers = [each["seq"] for each in segment_sandbox.deliveries()]
            assert [each["seq"] for each in segment_sandbox.deliveries(order="newest")] == numbers[::-1]
    """)
    project.runpytest_subprocess(*QUIET).assert_outcomes(passed=1)


def test_a_red_test_tells_the_story(project: pytest.Pytester) -> None:
    """The lines of what happened, the messages, and the nearest miss."""
    project.makepyfile("""
        def test_red(segment_sandbox):
            segment_sandbox.send({"type": "track", "userId": "u", "event": "Order Completed"})
            segment_sandbox.wait_for_all(2, "delivery", timeout=60)
            segment_sandbox.wait_for(event="Order completed", timeout=0)
    """)
    result = project.runpytest_subprocess(*QUIET)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*WaitedInVainError: 0 of 1 messages with event=Order completed came after 0 within 0 s.*",
            "*- segment-sandbox http://127.0.0.1:* -*",
            "* --> track Order Completed  u  website [[]1]",
            "* <-- 200 track Order Completed  webhook *",
            '[[]1] {*"event": "Order Completed"*',
        ]
    )


def test_the_story_is_told_whoever_has_the_sandbox(project: pytest.Pytester) -> None:
    """A fixture of the partner's that fails, and a test that has the sandbox through such a fixture alone."""
    project.makepyfile("""
        import pytest

        @pytest.fixture
        def order(segment_sandbox):
            segment_sandbox.send({"type": "track", "userId": "u", "event": "Order Completed"})
            return segment_sandbox.wait_for(event="Order completed", timeout=0)

        @pytest.fixture
        def sent(segment_sandbox):
            return segment_sandbox.send({"type": "track", "userId": "u", "event": "Signed Up"})

        def test_red(order):
            pass

        def test_red_too(sent):
            assert sent == 0
    """)
    result = project.runpytest_subprocess(*QUIET)
    result.assert_outcomes(errors=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- segment-sandbox http://127.0.0.1:* -*",
            "* --> track Order Completed  u  website [[]1]",
            "*- segment-sandbox http://127.0.0.1:* -*",
            "* --> track Signed Up  u  website [[]1]",
        ]
    )


def test_async_tests_can_wait_in_numbers(project: pytest.Pytester) -> None:
    """More waits at once than a pool would have threads, and the sends that end them."""
    project.makepyfile("""
        import asyncio

        def test_many(segment_sandbox):
            async def main():
                aio = segment_sandbox.aio
                names = [f"Event {number}" for number in range(40)]
                waits = [asyncio.ensure_future(aio.wait_for(event=name, timeout=60)) for name in names]
                await asyncio.sleep(0)
                for name in names:
                    await aio.send({"type": "track", "userId": "u", "event": name})
                return [each["event"] for each in await asyncio.gather(*waits)] == names

            assert asyncio.run(main())
    """)
    project.runpytest_subprocess(*QUIET).assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_it_costs_nothing_unused(project: pytest.Pytester, mode: str) -> None:
    """No module of the sandbox beyond the plugin is imported, in either mode of pytest-asyncio."""
    project.makepyfile("""
        import sys
        import pytest

        @pytest.mark.asyncio
        async def test_nothing_is_imported():
            ours = sorted(name for name in sys.modules if name.split(".")[0] == "sandbox")
            assert ours == ["sandbox", "sandbox.pytest_plugin"]
    """)
    project.runpytest_subprocess(*QUIET, "-o", f"asyncio_mode={mode}").assert_outcomes(passed=1)


def test_a_sandbox_that_cannot_start_says_why(project: pytest.Pytester) -> None:
    """With the words of the command."""
    (project.path / "workspace.toml").write_text("[workspace]\nslgu = 1\n")
    project.makepyfile("def test_it(segment_sandbox): pass")
    result = project.runpytest_subprocess(*QUIET)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*workspace.toml*slgu*"])
