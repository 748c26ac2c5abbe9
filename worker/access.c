#include "worker/access.h"

#include "aws/http_curl.h"
#include "aws/streams.h"

enum { CA_BUNDLE_BYTES = 4096 };

static struct status open_transport(const struct settings *settings, struct access *access)
{
    char bundle[CA_BUNDLE_BYTES] = "";
    char user_agent[USER_AGENT_BYTES] = "";
    bool whole = true;
    TRY(aws_session_find_ca_bundle(settings->profile, NULL, bundle, sizeof bundle));
    TRY(aws_session_find_user_agent(settings->profile, NULL, user_agent, &whole));
    access->app_id_is_cut = !whole;
    const struct http_curl_options options = {.ca_bundle = bundle[0] == '\0' ? NULL : bundle,
                                              .user_agent = user_agent};
    return http_curl_create(&options, &access->transport);
}

/* The region that --stream-arn names, when it is the only one there is. */
static struct status open_session(const struct settings *settings, const struct clock *clock,
                                  struct access *access)
{
    struct aws_session_options options = {
        .profile = settings->profile,
        .region = settings->region,
        .transport = access->transport,
        .clock = clock,
    };
    struct status status = aws_session_open(&options, &access->session);
    if (status.code != STATUS_NOT_FOUND || settings->stream_arn == NULL || settings->region != NULL) {
        return status;
    }
    struct stream_arn_parts parts;
    TRY(stream_arn_parse(settings->stream_arn, &parts));
    options.region = parts.region;
    return aws_session_open(&options, &access->session);
}

static struct status open_clients(const struct settings *settings, struct access *access)
{
    access->region = aws_session_region(access->session);
    TRY(aws_session_check_credentials(access->session, NULL, access->credentials));
    TRY(aws_session_create_client(access->session, AWS_DYNAMODB, &access->dynamodb));
    TRY(aws_session_create_client(access->session, AWS_DYNAMODB_STREAMS, &access->streams));
    if (settings->firehose != NULL || settings_need_firehose(settings)) {
        TRY(aws_session_create_client(access->session, AWS_FIREHOSE, &access->firehose));
    }
    if (settings->kinesis != NULL) {
        TRY(aws_session_create_client(access->session, AWS_KINESIS, &access->kinesis));
    }
    return settings_need_s3(settings) ? s3_open(access->session, &access->s3) : status_ok();
}

struct status access_open(const struct settings *settings, const struct clock *clock,
                          struct access *ret_access)
{
    struct access access = {.transport = NULL};
    struct status status;
    TRY_GOTO(status, failed, open_transport(settings, &access));
    TRY_GOTO(status, failed, open_session(settings, clock, &access));
    TRY_GOTO(status, failed, open_clients(settings, &access));
    *ret_access = access;
    return status;
failed:
    access_close(&access);
    if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_INVALID; /* of settings, not of a thing in AWS */
    }
    return status;
}

static void destroy_client(struct aws_client **client)
{
    if (*client != NULL) {
        aws_client_destroy(*client);
        *client = NULL;
    }
}

void access_close(struct access *access)
{
    s3_close(&access->s3);
    destroy_client(&access->kinesis);
    destroy_client(&access->firehose);
    destroy_client(&access->streams);
    destroy_client(&access->dynamodb);
    aws_session_close(access->session);
    access->session = NULL;
    if (access->transport != NULL) {
        access->transport->destroy(access->transport);
        access->transport = NULL;
    }
}
