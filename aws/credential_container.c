#include <stdio.h>
#include <stdlib.h>

#include "aws/credential_fill.h"
#include "aws/credential_sources.h"
#include "aws/small_file.h"

enum {
    CONTAINER_TRIES = 3,
    CONTAINER_TIMEOUT_MS = 2000,
    CONTAINER_PAUSE_MS = 1000,
    CONTAINER_TOKEN_BYTES = 16384,
    CONTAINER_REPLY_BYTES = 65536,
};

/* Checks and NUL-terminates the token in `token`; an empty one is none (NULL). */
static struct status check_token(struct bytes *token, const char *place, const char **ret_token)
{
    for (size_t i = 0; i < token->length; i++) {
        /* A line end would let the token add headers of its own. */
        if (token->at[i] < ' ' || token->at[i] > '~') {
            return status_make(STATUS_INVALID,
                               "the token in %.150s has a line end or another byte that cannot stand in a "
                               "header",
                               place);
        }
    }
    return token->length == 0 ? status_ok() : bytes_terminate(token, ret_token);
}

/* AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE before AWS_CONTAINER_AUTHORIZATION_TOKEN. `token` keeps the text. */
static struct status read_token(const struct credential_context *context, struct bytes *token,
                                const char **ret_token)
{
    const char *file = environment_text(context->environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *value = environment_text(context->environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    *ret_token = NULL;
    if (file != NULL) {
        struct status status = small_file_read(file, token);
        if (!status_is_ok(&status)) {
            status.code = STATUS_INVALID;
            return status_prefix(status, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        }
        return check_token(token, file, ret_token);
    }
    if (value == NULL) {
        return status_ok();
    }
    TRY(bytes_append_text(token, value));
    return check_token(token, "AWS_CONTAINER_AUTHORIZATION_TOKEN", ret_token);
}

static struct status ask_once(const struct credential_context *context, const struct container_target *target,
                              const char *url, const char *token, struct credentials *credentials)
{
    struct http_header headers[3] = {{"accept", "application/json"}};
    size_t header_count = 1;
    if (token != NULL) {
        headers[header_count++] = (struct http_header){"authorization", token};
    }
    if (target->host[0] != '\0') {
        headers[header_count++] = (struct http_header){"host", target->host};
    }
    struct http_request request = {
        .method = "GET",
        .url = url,
        .headers = headers,
        .header_count = header_count,
        .connect_timeout_ms = CONTAINER_TIMEOUT_MS,
        .timeout_ms = CONTAINER_TIMEOUT_MS,
        .reply_ceiling = CONTAINER_REPLY_BYTES,
        .direct = true,
        .cancel = context->cancel,
    };
    struct http_reply reply = {0};
    static const struct credential_json_form form = {.token_key = "Token", .is_temporary = true};
    struct status status = http_perform(context->transport, &request, &reply);
    if (status_is_ok(&status) && reply.status != 200) {
        status = status_make(STATUS_UNAVAILABLE, "the answer is HTTP %d", reply.status);
    }
    if (status_is_ok(&status)) {
        status = credential_fill_from_json(credentials, bytes_slice(&reply.body), &form);
    }
    credential_reply_wipe(&reply);
    return status;
}

static struct status ask(const struct credential_context *context, const struct container_target *target,
                         const char *token, struct credentials *credentials)
{
    struct status status = status_ok();
    for (size_t i = 0; i < CONTAINER_TRIES; i++) {
        if (i > 0 && stop_wait_ms(context->cancel, CONTAINER_PAUSE_MS)) {
            return status_make(STATUS_STOPPED, "stopped");
        }
        status = ask_once(context, target, target->urls[i % target->url_count], token, credentials);
        if (status_is_ok(&status) || status.code == STATUS_STOPPED) {
            return status;
        }
    }
    return status_prefix(status, "after %d tries", CONTAINER_TRIES);
}

static struct status find_uri(const struct credential_context *context, char ret_uri[CONTAINER_URL_BYTES])
{
    const char *relative = environment_text(context->environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = environment_text(context->environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative == NULL && full == NULL) {
        return status_make(STATUS_NOT_FOUND, "no URI");
    }
    /* Without the '/' it could change the host that comes before it. */
    if (relative != NULL && relative[0] != '/') {
        return status_make(STATUS_INVALID, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'");
    }
    int length = snprintf(ret_uri, CONTAINER_URL_BYTES, "%s%s",
                          relative != NULL ? "http://169.254.170.2" : "", relative != NULL ? relative : full);
    return length < CONTAINER_URL_BYTES
               ? status_ok()
               : status_make(STATUS_INVALID, "the credentials URI has more than %d bytes",
                             CONTAINER_URL_BYTES - 1);
}

static struct status get(const struct credential_context *context, const char *uri,
                         struct credentials *credentials)
{
    const char *token = NULL;
    struct bytes token_bytes;
    bytes_init(&token_bytes, CONTAINER_TOKEN_BYTES);
    struct container_target *target = calloc(1, sizeof(*target));
    if (target == NULL) {
        return status_no_memory("a credentials URI", sizeof(*target));
    }
    struct status status = container_target_resolve(uri, context->resolver, target);
    TRY_GOTO(status, out, status);
    TRY_GOTO(status, out, read_token(context, &token_bytes, &token));
    TRY_GOTO(status, out, ask(context, target, token, credentials));
out:
    bytes_wipe(&token_bytes);
    free(target);
    return status;
}

struct status credential_container_get(const struct credential_context *context,
                                       struct credentials *ret_credentials)
{
    char uri[CONTAINER_URL_BYTES];
    struct status status = find_uri(context, uri);
    if (status.code == STATUS_NOT_FOUND) {
        return status;
    }
    struct credentials credentials = {0};
    if (status_is_ok(&status)) {
        status = get(context, uri, &credentials);
    }
    if (status_is_ok(&status)) {
        credential_name_source(&credentials, "container");
        *ret_credentials = credentials;
    }
    credentials_wipe(&credentials);
    if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_UNAVAILABLE; /* configured, so the chain must not pass on */
    }
    return status_prefix(status, "container credentials");
}
