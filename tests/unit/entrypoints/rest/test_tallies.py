from chariot.entrypoints.rest.tallies import Answers


def _told(answers):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in answers.collect()
        for sample in metric.samples
    }


def test_what_is_counted_by_a_tally_and_by_name_is_one_number():
    answers = Answers()

    answers.tally("GET", "/api/v1/risks", 200).count(0.002)
    answers.count("GET", "/api/v1/risks", 200, 0.004)

    assert _told(answers)["chariot_http_requests_total", "GET", "/api/v1/risks", "200"] == 2
    assert _told(answers)["chariot_http_request_seconds_count", "/api/v1/risks"] == 2


def test_the_times_of_a_route_are_those_of_all_its_answers():
    answers = Answers()
    for status, seconds in ((200, 0.001), (404, 20.0)):
        answers.count("GET", "/api/v1/risks", status, seconds)

    told = _told(answers)

    assert told["chariot_http_request_seconds_bucket", "/api/v1/risks", "10.0"] == 1
    assert told["chariot_http_request_seconds_bucket", "/api/v1/risks", "+Inf"] == 2
    assert told["chariot_http_request_seconds_sum", "/api/v1/risks"] == 20.001


def test_a_tally_that_was_only_looked_up_is_no_answer():
    answers = Answers()

    answers.tally("GET", "/api/v1/risks", 200)

    assert [name for name in _told(answers) if name[0] == "chariot_http_requests_total"] == []
