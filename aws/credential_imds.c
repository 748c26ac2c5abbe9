#include <stdio.h>
#include <strings.h>

#include "aws/credential_fill.h"
#include "aws/credential_sources.h"
#include "base/random.h"

enum {
    IMDS_REPLY_BYTES = 65536,
    IMDS_TOKEN_BYTES = 4096,
    IMDS_ROLE_BYTES = 128,
    IMDS_URL_BYTES = 1024,
    IMDS_MOST_SECONDS = 30,
    IMDS_MOST_TRIES = 10,
    IMDS_WINDOW_MS = 15 * 60 * 1000,
};

#define IMDS_ROLE_PATH "/latest/meta-data/iam/security-credentials/"

struct imds {
    const struct credential_context *context;
    char base_url[IMDS_URL_BYTES / 2]; /* no '/' at the end */
    int64_t timeout_ms;
    int64_t tries;
    char token[IMDS_TOKEN_BYTES];
};

static const char *find(const struct credential_context *context, const char *variable, const char *key)
{
    const char *value = environment_text(context->environment, variable);
    if (value == NULL) {
        value = profiles_get(context->profiles, context->settings->profile, key);
    }
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static struct status find_number(const struct credential_context *context, const char *variable,
                                 const char *key, int64_t usual, int64_t most, int64_t *ret_number)
{
    const char *value = find(context, variable, key);
    *ret_number = usual;
    if (value != NULL &&
        (!slice_parse_int64(slice_of_text(value), ret_number) || *ret_number < 1 || *ret_number > most)) {
        return status_make(STATUS_INVALID, "%s is '%.40s': a whole number from 1 to %lld is wanted", variable,
                           value, (long long)most);
    }
    return status_ok();
}

static struct status find_base_url(const struct credential_context *context, struct imds *imds)
{
    const char *endpoint =
        find(context, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    const char *mode =
        find(context, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    if (mode != NULL && strcasecmp(mode, "ipv4") != 0 && strcasecmp(mode, "ipv6") != 0) {
        return status_make(STATUS_INVALID,
                           "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is '%.40s': ipv4 or ipv6 is wanted", mode);
    }
    if (endpoint == NULL) {
        endpoint = mode != NULL && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
                                                                 : "http://169.254.169.254";
    }
    size_t length = strlen(endpoint);
    while (length > 0 && endpoint[length - 1] == '/') {
        length--;
    }
    bool is_url = strncmp(endpoint, "http://", 7) == 0 || strncmp(endpoint, "https://", 8) == 0;
    if (!is_url || !credential_text_is_visible(slice_of_text(endpoint), sizeof(imds->base_url) - 1)) {
        return status_make(STATUS_INVALID,
                           "AWS_EC2_METADATA_SERVICE_ENDPOINT is '%.80s', which is no http:// URL", endpoint);
    }
    (void)snprintf(imds->base_url, sizeof(imds->base_url), "%.*s", (int)length, endpoint);
    return status_ok();
}

static struct status prepare(const struct credential_context *context, struct imds *imds)
{
    int64_t seconds = 1;
    imds->context = context;
    TRY(find_base_url(context, imds));
    TRY(find_number(context, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1, IMDS_MOST_SECONDS,
                    &seconds));
    TRY(find_number(context, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1,
                    IMDS_MOST_TRIES, &imds->tries));
    imds->timeout_ms = seconds * 1000;
    return status_ok();
}

static struct status ask_once(const struct imds *imds, const char *method, const char *path,
                              const struct http_header *header, struct http_reply *reply)
{
    char url[IMDS_URL_BYTES];
    (void)snprintf(url, sizeof(url), "%s%s", imds->base_url, path);
    struct http_request request = {
        .method = method,
        .url = url,
        .headers = header,
        .header_count = 1,
        .connect_timeout_ms = imds->timeout_ms,
        .timeout_ms = imds->timeout_ms,
        .reply_ceiling = IMDS_REPLY_BYTES,
        .direct = true,
        .cancel = imds->context->cancel,
    };
    TRY(http_perform(imds->context->transport, &request, reply));
    if (reply->status != 200) {
        return status_make(STATUS_NOT_FOUND, "HTTP %d", reply->status);
    }
    return reply->body.length > 0 ? status_ok() : status_make(STATUS_NOT_FOUND, "an empty answer");
}

/* All trouble is STATUS_NOT_FOUND in few words: whoever wanted this source in particular makes it an
 * error. Only a stop stays one. */
static struct status ask(const struct imds *imds, const char *what, const char *method, const char *path,
                         const struct http_header *header, struct http_reply *reply)
{
    struct status status = status_ok();
    for (int64_t i = 0; i < imds->tries; i++) {
        status = ask_once(imds, method, path, header, reply);
        if (status_is_ok(&status) || status.code == STATUS_STOPPED) {
            return status;
        }
    }
    return status_make(STATUS_NOT_FOUND, "no %s (%s)", what,
                       status.code == STATUS_NOT_FOUND ? status.reason : status_code_name(status.code));
}

static struct status fetch_token(struct imds *imds)
{
    static const struct http_header ttl = {"x-aws-ec2-metadata-token-ttl-seconds", "21600"};
    struct http_reply reply = {0};
    struct status status = ask(imds, "token", "PUT", "/latest/api/token", &ttl, &reply);
    if (status_is_ok(&status) &&
        (!credential_text_is_visible(bytes_slice(&reply.body), IMDS_TOKEN_BYTES - 1) ||
         !slice_copy_text(bytes_slice(&reply.body), imds->token, IMDS_TOKEN_BYTES))) {
        status = status_make(STATUS_CORRUPT, "the token cannot stand in a header");
    }
    credential_reply_wipe(&reply);
    return status;
}

static struct status fetch_role(const struct imds *imds, char ret_role[IMDS_ROLE_BYTES])
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-";
    struct http_header header = {"x-aws-ec2-metadata-token", imds->token};
    struct http_reply reply = {0};
    struct status status = ask(imds, "role", "GET", IMDS_ROLE_PATH, &header, &reply);
    if (status_is_ok(&status)) {
        struct slice role = bytes_slice(&reply.body);
        const char *line_end = role.at == NULL ? NULL : memchr(role.at, '\n', role.length);
        role.length = line_end == NULL ? role.length : (size_t)(line_end - role.at);
        if (!slice_copy_text(role, ret_role, IMDS_ROLE_BYTES) || role.length == 0 ||
            strspn(ret_role, allowed) != role.length) {
            status = status_make(STATUS_CORRUPT, "the answer is no role name");
        }
    }
    http_reply_free(&reply);
    return status;
}

/* When the service hands out old credentials (its own trouble, not ours) they go on being used, and are asked
 * for again in 2 to 10 minutes: botocore's "expiration extension". */
static void extend(const struct imds *imds, struct credentials *credentials)
{
    struct random random;
    random_init(&random, random_seed_from_system());
    int64_t jitter_ms = (int64_t)(120 + random_below(&random, 481)) * 1000;
    int64_t earliest = clock_wall_ms(imds->context->clock) + IMDS_WINDOW_MS + jitter_ms;
    if (credentials->expires_wall_ms < earliest) {
        credentials->expires_wall_ms = earliest;
    }
}

static struct status fetch_credentials(const struct imds *imds, const char *role,
                                       struct credentials *credentials)
{
    static const struct credential_json_form form = {.token_key = "Token", .is_temporary = true};
    char path[sizeof(IMDS_ROLE_PATH) + IMDS_ROLE_BYTES];
    struct http_header header = {"x-aws-ec2-metadata-token", imds->token};
    struct http_reply reply = {0};
    (void)snprintf(path, sizeof(path), IMDS_ROLE_PATH "%s", role);
    struct status status = ask(imds, "credentials", "GET", path, &header, &reply);
    if (status_is_ok(&status)) {
        status = credential_fill_from_json(credentials, bytes_slice(&reply.body), &form);
    }
    if (status_is_ok(&status)) {
        extend(imds, credentials);
        credential_name_source(credentials, "instance role '%.40s'", role);
    }
    credential_reply_wipe(&reply);
    return status;
}

struct status credential_imds_get(const struct credential_context *context,
                                  struct credentials *ret_credentials)
{
    if (environment_flag(context->environment, "AWS_EC2_METADATA_DISABLED")) {
        return status_make(STATUS_NOT_FOUND, "disabled");
    }
    struct imds imds = {0};
    struct credentials credentials = {0};
    char role[IMDS_ROLE_BYTES] = "";
    struct status status = prepare(context, &imds);
    TRY_GOTO(status, out, status);
    TRY_GOTO(status, out, fetch_token(&imds));
    TRY_GOTO(status, out, fetch_role(&imds, role));
    TRY_GOTO(status, out, fetch_credentials(&imds, role, &credentials));
    *ret_credentials = credentials;
out:
    memory_wipe(&imds, sizeof(imds));
    credentials_wipe(&credentials);
    return status.code == STATUS_NOT_FOUND ? status : status_prefix(status, "instance metadata");
}
