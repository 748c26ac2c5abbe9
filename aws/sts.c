#include "aws/sts.h"

#include "aws/client.h"
#include "aws/timestamp.h"
#include "aws/xml.h"

enum { BODY_CEILING = 64 * 1024, REPLY_CEILING = 128 * 1024, DURATION_DEFAULT_S = 3600 };

/* ---- The form that is sent ---- */

/* "&name=value", the value percent-encoded (RFC 3986's unreserved characters stay). */
static struct status add_field(struct bytes *body, const char *name, struct slice value)
{
    TRY(bytes_append_format(body, "&%s=", name));
    for (size_t i = 0; i < value.length; i++) {
        unsigned char c = (unsigned char)value.at[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '.' || c == '_' || c == '~';
        if (plain) {
            TRY(bytes_append(body, &value.at[i], 1));
        } else {
            TRY(bytes_append_format(body, "%%%02X", c));
        }
    }
    return status_ok();
}

static struct status write_form(struct bytes *body, const char *action, const char *role_arn,
                                const char *session_name, uint32_t duration_s)
{
    TRY(bytes_append_format(body, "Action=%s&Version=2011-06-15", action));
    TRY(add_field(body, "RoleArn", slice_of_text(role_arn)));
    TRY(add_field(body, "RoleSessionName", slice_of_text(session_name)));
    return bytes_append_format(body, "&DurationSeconds=%u", duration_s > 0 ? duration_s : DURATION_DEFAULT_S);
}

/* ---- The credentials that come back ---- */

static struct status read_credentials(struct slice reply, const char *action, struct credentials *credentials)
{
    char expiration[64];
    struct slice element = xml_text(reply, "Credentials");
    if (!xml_copy_text(element, "AccessKeyId", credentials->access_key_id,
                       sizeof credentials->access_key_id) ||
        !xml_copy_text(element, "SecretAccessKey", credentials->secret_access_key,
                       sizeof credentials->secret_access_key) ||
        !xml_copy_text(element, "SessionToken", credentials->session_token,
                       sizeof credentials->session_token) ||
        credentials->access_key_id[0] == '\0' || credentials->secret_access_key[0] == '\0') {
        return status_make(STATUS_CORRUPT, "STS %s: the reply lacks a credential or has one too long",
                           action);
    }
    if (!xml_copy_text(element, "Expiration", expiration, sizeof expiration) ||
        !timestamp_parse_iso(slice_of_text(expiration), &credentials->expires_wall_ms)) {
        return status_make(STATUS_CORRUPT, "STS %s: the reply lacks a readable expiration", action);
    }
    return status_ok();
}

/* ---- The call ---- */

/* A source that gives the options' credentials. */
struct lent_credentials {
    struct credentials_source source; /* first: the two share their address */
    const struct credentials *credentials;
};

static struct status get_lent(struct credentials_source *source, struct credentials *ret_credentials)
{
    *ret_credentials = *((struct lent_credentials *)source)->credentials;
    return status_ok();
}

static struct status call(const struct sts_options *options, const char *action,
                          struct credentials_source *signer, struct slice body,
                          struct credentials *ret_parsed)
{
    struct aws_client_options client_options = {.service = AWS_STS,
                                                .region = options->region,
                                                .endpoint = options->endpoint,
                                                .transport = options->transport,
                                                .credentials = signer,
                                                .clock = options->clock,
                                                .max_attempts = options->max_attempts};
    struct aws_call request = {.operation = action,
                               .body = body,
                               .attempt_timeout_ms = options->attempt_timeout_ms,
                               .reply_ceiling = REPLY_CEILING,
                               .cancel = options->cancel};
    struct aws_client *client = NULL;
    struct aws_reply reply = {.attempts = 0};
    TRY(aws_client_create(&client_options, &client));
    struct status status = aws_client_call(client, &request, &reply);
    if (status.code == STATUS_OK) {
        status = read_credentials(bytes_slice(&reply.http.body), action, ret_parsed);
    }
    bytes_wipe(&reply.http.body);
    aws_reply_free(&reply);
    aws_client_destroy(client);
    return status;
}

/* Calls, and hands over what came back as a whole or not at all. */
static struct status exchange(const struct sts_options *options, const char *action, const char *role_arn,
                              struct credentials_source *signer, struct slice body,
                              struct credentials *ret_credentials)
{
    struct credentials parsed = {.source = ""};
    struct status status = call(options, action, signer, body, &parsed);
    if (status.code == STATUS_OK) {
        memcpy(parsed.source, ret_credentials->source, sizeof parsed.source);
        *ret_credentials = parsed;
    }
    memory_wipe(&parsed, sizeof parsed);
    return status_prefix(status, "cannot assume the role '%.120s'", role_arn);
}

struct status sts_assume_role(const struct sts_options *options,
                              const struct sts_assume_role_request *request,
                              struct credentials *ret_credentials)
{
    struct lent_credentials signer = {.source = {.get = get_lent}, .credentials = options->credentials};
    struct bytes body;
    struct status status;
    bytes_init(&body, BODY_CEILING);
    TRY_GOTO(status, end,
             write_form(&body, "AssumeRole", request->role_arn, request->session_name, request->duration_s));
    if (request->external_id != NULL) {
        TRY_GOTO(status, end, add_field(&body, "ExternalId", slice_of_text(request->external_id)));
    }
    status = exchange(options, "AssumeRole", request->role_arn, &signer.source, bytes_slice(&body),
                      ret_credentials);
end:
    bytes_free(&body);
    return status;
}

struct status sts_assume_role_with_web_identity(const struct sts_options *options,
                                                const struct sts_web_identity_request *request,
                                                struct credentials *ret_credentials)
{
    struct bytes body;
    struct status status;
    bytes_init(&body, BODY_CEILING);
    TRY_GOTO(status, end,
             write_form(&body, "AssumeRoleWithWebIdentity", request->role_arn, request->session_name,
                        request->duration_s));
    TRY_GOTO(status, end, add_field(&body, "WebIdentityToken", request->token));
    status = exchange(options, "AssumeRoleWithWebIdentity", request->role_arn, NULL, bytes_slice(&body),
                      ret_credentials);
end:
    bytes_wipe(&body);
    return status;
}
