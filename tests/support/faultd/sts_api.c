#include "tests/support/faultd/sts_api.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/random.h"

/* Copies the form's field, undoing %XX and '+'; false when it is absent or too long. */
static bool form_field(struct slice form, const char *name, char *target, size_t size)
{
    size_t length = strlen(name), at = 0, out = 0;
    while (at < form.length) {
        const char *end = memchr(form.at + at, '&', form.length - at);
        size_t stop = end == NULL ? form.length : (size_t)(end - form.at);
        if (stop - at > length && memcmp(form.at + at, name, length) == 0 && form.at[at + length] == '=') {
            for (at += length + 1; at < stop && out + 1 < size; at++) {
                char digits[3] = {0};
                char c = form.at[at];
                if (c == '%' && at + 2 < stop) {
                    memcpy(digits, form.at + at + 1, 2);
                    c = (char)strtoul(digits, NULL, 16);
                    at += 2;
                }
                target[out++] = c == '+' && digits[0] == '\0' ? ' ' : c;
            }
            target[out] = '\0';
            return at == stop;
        }
        at = stop + 1;
    }
    return false;
}

bool sts_read_action(struct request *request)
{
    return request->body.length > 0 && request->body.length < 65536 &&
           form_field(request->body, "Action", request->operation, sizeof request->operation);
}

void sts_get_caller_identity(struct world *world, const struct request *request, const struct fault *fault,
                             struct reply *reply)
{
    (void)world;
    (void)request;
    (void)fault;
    reply_print(
        reply,
        "<GetCallerIdentityResponse "
        "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
        "<Arn>arn:aws:iam::000000000000:user/penstock</Arn><UserId>AIDAFAULTD</UserId>"
        "<Account>000000000000</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>%s</RequestId>"
        "</ResponseMetadata></GetCallerIdentityResponse>",
        reply->request_id);
}

static void reply_keys(const struct request *request, const struct keyring_key *key, const char *role,
                       struct reply *reply)
{
    char expiration[CLOCK_ISO_BYTES];
    const char *operation = request->operation;
    clock_format_iso(key->expires_wall_ms, expiration);
    reply_print(reply, "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%sResult>",
                operation, operation);
    reply_print(reply,
                "<AssumedRoleUser><Arn>%.300s/session</Arn><AssumedRoleId>AROAFAULTD:session</AssumedRoleId>"
                "</AssumedRoleUser>",
                role);
    reply_print(
        reply,
        "<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s"
        "</SessionToken><Expiration>%s</Expiration></Credentials>",
        key->id, key->secret, key->token, expiration);
    reply_print(reply,
                "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
                operation, reply->request_id, operation);
}

void sts_assume_role(struct world *world, const struct request *request, const struct fault *fault,
                     struct reply *reply)
{
    struct keyring_key key = {.id = "ASIA"};
    struct random random;
    char role[2048], session[128], seconds[16], hex[17];
    bool web = strcmp(request->operation, "AssumeRoleWithWebIdentity") == 0;
    (void)fault;
    if (!form_field(request->body, "RoleArn", role, sizeof role) ||
        !form_field(request->body, "RoleSessionName", session, sizeof session) ||
        (web && memmem(request->body.at, request->body.length, "WebIdentityToken=", 17) == NULL)) {
        reply_error(reply, request, 400, "ValidationError",
                    "1 validation error detected: RoleArn, RoleSessionName or WebIdentityToken is missing");
        return;
    }
    long duration = form_field(request->body, "DurationSeconds", seconds, sizeof seconds)
                        ? strtol(seconds, NULL, 10)
                        : 3600;
    random_init(&random, random_seed_from_system());
    random_hex(&random, hex, 16);
    snprintf(key.id, sizeof key.id, "ASIA%s", hex);
    random_hex(&random, key.secret, 40);
    random_hex(&random, key.token, 200);
    key.expires_wall_ms = world_now_ms(world) + duration * 1000;
    keyring_add(&world->keyring, &key);
    reply_keys(request, &key, role, reply);
}
