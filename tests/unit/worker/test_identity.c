/* The worker's name: ECS's task, the host, and never the same twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "worker/identity.h"

struct played_transport {
    struct http_transport transport;
    const char *answer; /* NULL: unreachable */
    int calls;
    char url[128];
};

static struct status perform(struct http_transport *self, const struct http_request *request,
                             struct http_reply *reply)
{
    struct played_transport *played = (struct played_transport *)self;
    played->calls++;
    snprintf(played->url, sizeof played->url, "%s", request->url);
    assert_true(request->direct); /* a proxy would answer for somebody else */
    assert_true(request->timeout_ms <= 1000);
    if (played->answer == NULL) {
        return status_make(STATUS_UNAVAILABLE, "no route");
    }
    reply->status = 200;
    bytes_init(&reply->body, 4096);
    return bytes_append_text(&reply->body, played->answer);
}

static const char *get_ecs(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "ECS_CONTAINER_METADATA_URI_V4") == 0 ? "http://169.254.170.2/v4/abc" : NULL;
}

static const char *get_none(void *context, const char *name)
{
    (void)context;
    (void)name;
    return NULL;
}

static const struct environment on_ecs = {.get = get_ecs};
static const struct environment elsewhere = {.get = get_none};

#define TASK "{\"TaskARN\":\"arn:aws:ecs:eu-west-1:123456789012:task/fleet/0f1e2d3c4b5a\",\"Family\":\"x\"}"

static void test_sources(void **state)
{
    (void)state;
    struct played_transport played = {.transport = {.perform = perform}, .answer = TASK};
    char id[LEASE_OWNER_BYTES];
    identity_make(NULL, &on_ecs, &played.transport, NULL, id);
    assert_string_equal(played.url, "http://169.254.170.2/v4/abc/task");
    assert_memory_equal(id, "0f1e2d3c4b5a-", 13);
    assert_int_equal(strlen(id), 13 + 8);

    identity_make("mine", &on_ecs, &played.transport, NULL, id);
    assert_memory_equal(id, "mine-", 5);
    assert_int_equal(played.calls, 1);

    played.answer = NULL;
    identity_make(NULL, &on_ecs, &played.transport, NULL, id);
    assert_true(strlen(id) > 9);
    char again[LEASE_OWNER_BYTES];
    identity_make(NULL, &elsewhere, &played.transport, NULL, again);
    assert_int_equal(played.calls, 2);
    assert_string_not_equal(id, again); /* the random part is made anew */
}

static void test_task_answers(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{}",
                                      "[]",
                                      "null",
                                      "{\"TaskARN\":7}",
                                      "{\"TaskARN\":\"\"}",
                                      "{\"TaskARN\":\"no-slash\"}",
                                      "{\"TaskARN\":\"ends/\"}",
                                      "<html>",
                                      TASK "x"};
    char task[16];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (identity_parse_task(slice_of_text(bad[i]), task, sizeof task)) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_true(identity_parse_task(slice_of_text(TASK), task, sizeof task));
    assert_string_equal(task, "0f1e2d3c4b5a");
    assert_false(identity_parse_task(slice_of_text(TASK), task, 5));
}

static void test_join(void **state)
{
    (void)state;
    char id[LEASE_OWNER_BYTES];
    identity_join("host one\n\"x\"", "12345678", id);
    assert_string_equal(id, "host-one--x--12345678");
    char longest[300];
    memset(longest, 'h', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    identity_join(longest, "12345678", id);
    assert_int_equal(strlen(id), 100 + 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_task_answers),
        cmocka_unit_test(test_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
