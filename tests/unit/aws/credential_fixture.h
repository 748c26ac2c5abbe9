/* What tests of credentials share: a made-up environment, shared files from memory, a transport that answers
 * by a script, and a context over them. */
#ifndef PENSTOCK_TESTS_UNIT_AWS_CREDENTIAL_FIXTURE_H
#define PENSTOCK_TESTS_UNIT_AWS_CREDENTIAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "aws/credential_sources.h"
#include "base/random.h"

enum { FAKE_VARIABLES = 16, FAKE_STEPS = 16 };

#define CANARY_SECRET "CANARYsecret/+1234567890"
#define CANARY_TOKEN  "CANARYtoken=="
#define WALL_MS       INT64_C(1795428000000) /* 2026-11-23T10:00:00Z */

/* Ends with a NULL name. */
struct fake_variable {
    const char *name;
    const char *value;
};

static inline const char *fake_environment_get(void *context, const char *name)
{
    for (const struct fake_variable *at = context; at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            return at->value;
        }
    }
    return NULL;
}

/* One exchange: what must be asked, and what comes back. */
struct fake_step {
    const char *method;
    const char *url;
    const char *header; /* "name: value" that must be there, or "!name" that must not; NULL: any */
    int status; /* 0: fails with `failure` */
    const char *body;
    enum status_code failure;
    const char *form_part; /* for STS: what the form that is sent must hold; STS goes through proxies */
};

struct fake_transport {
    struct http_transport transport;
    const struct fake_step *steps; /* end with a NULL method */
    size_t asked;
};

static inline bool fake_has_header(const struct http_request *request, const char *wanted)
{
    for (size_t i = 0; i < request->header_count; i++) {
        char line[CREDENTIALS_TOKEN_BYTES];
        (void)snprintf(line, sizeof(line), "%s: %s", request->headers[i].name, request->headers[i].value);
        if (wanted[0] == '!' && strcmp(request->headers[i].name, wanted + 1) == 0) {
            return false;
        }
        if (strcmp(line, wanted) == 0) {
            return true;
        }
    }
    return wanted[0] == '!';
}

static inline MUST_USE struct status
fake_perform(struct http_transport *self, const struct http_request *request, struct http_reply *reply)
{
    struct fake_transport *fake = (struct fake_transport *)self;
    const struct fake_step *step = &fake->steps[fake->asked];
    if (step->method == NULL) {
        fail_msg("an unexpected request: %s %s", request->method, request->url);
    }
    fake->asked++;
    assert_string_equal(request->method, step->method);
    assert_string_equal(request->url, step->url);
    assert_int_equal(request->direct, step->form_part == NULL);
    assert_true(request->timeout_ms > 0 && request->reply_ceiling > 0 && request->cancel != NULL);
    if (step->header != NULL && !fake_has_header(request, step->header)) {
        fail_msg("%s %s: no header '%s'", step->method, step->url, step->header);
    }
    if (step->form_part != NULL &&
        memmem(request->body.at, request->body.length, step->form_part, strlen(step->form_part)) == NULL) {
        fail_msg("%s: the form has no '%s': %.*s", step->url, step->form_part, (int)request->body.length,
                 request->body.at);
    }
    if (step->status == 0) {
        return status_make(step->failure, "made up");
    }
    reply->status = step->status;
    reply->body.ceiling = request->reply_ceiling;
    bytes_clear(&reply->body);
    return bytes_append_text(&reply->body, step->body);
}

/* For transports that must not be used. */
static inline void fake_destroy(struct http_transport *self)
{
    (void)self;
}

struct fixture {
    struct aws_settings settings;
    struct profiles profiles;
    struct environment environment;
    struct fake_transport transport;
    struct clock_virtual clock;
    struct stop cancel;
    struct credential_context context;
};

static const struct fake_variable no_variables[] __attribute__((unused)) = {{NULL, NULL}};
static const struct fake_step no_steps[] __attribute__((unused)) = {{0}};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
static inline void fixture_open(struct fixture *fixture, const struct fake_variable *variables,
                                const char *config, const char *credentials, const struct fake_step *steps)
{
    *fixture = (struct fixture){0};
    struct status status =
        config_file_parse(slice_of_text(config), "~/.aws/config", &fixture->profiles.config);
    assert_string_equal(status.reason, "");
    status =
        config_file_parse(slice_of_text(credentials), "~/.aws/credentials", &fixture->profiles.credentials);
    assert_string_equal(status.reason, "");
    (void)snprintf(fixture->settings.profile, sizeof(fixture->settings.profile), "default");
    (void)snprintf(fixture->settings.region, sizeof(fixture->settings.region), "eu-west-1");
    fixture->environment = (struct environment){fake_environment_get, (void *)variables};
    fixture->transport = (struct fake_transport){{fake_perform, fake_destroy}, steps, 0};
    clock_virtual_init(&fixture->clock, 1000, WALL_MS);
    stop_init(&fixture->cancel);
    fixture->context = (struct credential_context){
        .settings = &fixture->settings,
        .profiles = &fixture->profiles,
        .environment = &fixture->environment,
        .transport = &fixture->transport.transport,
        .resolver = host_resolver_real(),
        .clock = &fixture->clock.clock,
        .cancel = &fixture->cancel,
    };
}
#pragma GCC diagnostic pop

static inline void fixture_close(struct fixture *fixture)
{
    stop_destroy(&fixture->cancel);
    profiles_free(&fixture->profiles);
}

/* No reason may ever quote a secret. */
static inline void check_no_canary(const struct status *status)
{
    if (strstr(status->reason, "CANARY") != NULL) {
        fail_msg("a secret in a reason: %s", status->reason);
    }
}

static inline void check_reason(const struct status *status, enum status_code code, const char *part)
{
    check_no_canary(status);
    if (status->code != code || strstr(status->reason, part) == NULL) {
        fail_msg("wanted %s '...%s...', got %s '%s'", status_code_name(code), part,
                 status_code_name(status->code), status->reason);
    }
}

#endif
