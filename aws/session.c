#include "aws/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/credential_chain.h"

struct aws_session {
    struct aws_settings settings;
    struct http_transport *transport;
    const struct clock *clock;
    struct stop cancel; /* ends what the credentials' thread waits for */
    struct credentials_source *credentials; /* a cache over the chain */
};

static const struct environment *environment_or_real(const struct environment *environment)
{
    return environment != NULL ? environment : environment_real();
}

static struct status open_credentials(struct aws_session *session, const struct environment *environment)
{
    struct credentials_source *chain = NULL;
    struct credential_chain_options chain_options = {
        .settings = &session->settings,
        .environment = environment,
        .transport = session->transport,
        .resolver = host_resolver_real(),
        .clock = session->clock,
        .cancel = &session->cancel,
    };
    TRY(credential_chain_create(&chain_options, &chain));
    struct credential_cache_options cache_options = {
        .inner = chain,
        .clock = session->clock,
        .cancel = &session->cancel,
    };
    struct status status = credential_cache_create(&cache_options, &session->credentials);
    if (!status_is_ok(&status)) {
        chain->destroy(chain);
    }
    return status;
}

static struct status resolve_settings(const struct aws_session_options *options,
                                      const struct environment *environment, struct aws_settings *settings)
{
    struct profiles profiles = {0};
    TRY(profiles_load(environment, &profiles));
    struct status status =
        aws_settings_resolve(options->profile, options->region, environment, &profiles, settings);
    profiles_free(&profiles);
    return status;
}

struct status aws_session_open(const struct aws_session_options *options, struct aws_session **ret_session)
{
    const struct environment *environment = environment_or_real(options->environment);
    struct aws_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return status_no_memory("the AWS session", sizeof(*session));
    }
    session->transport = options->transport;
    session->clock = options->clock != NULL ? options->clock : clock_real();
    stop_init(&session->cancel);
    struct status status = resolve_settings(options, environment, &session->settings);
    if (status_is_ok(&status)) {
        status = open_credentials(session, environment);
    }
    if (!status_is_ok(&status)) {
        aws_session_close(session);
        return status;
    }
    *ret_session = session;
    return status_ok();
}

void aws_session_close(struct aws_session *session)
{
    if (session == NULL) {
        return;
    }
    stop_request(&session->cancel);
    if (session->credentials != NULL) {
        session->credentials->destroy(session->credentials);
    }
    stop_destroy(&session->cancel);
    free(session);
}

const char *aws_session_region(const struct aws_session *session)
{
    return session->settings.region;
}

enum retry_mode aws_session_retry_mode(const struct aws_session *session)
{
    return session->settings.retry_mode;
}

struct credentials_source *aws_session_credentials(struct aws_session *session)
{
    return session->credentials;
}

void aws_session_read_credential_state(struct aws_session *session, struct credential_cache_state *ret_state)
{
    credential_cache_read_state(session->credentials, ret_state);
}

struct status aws_session_check_credentials(struct aws_session *session,
                                            char ret_key_id[CREDENTIALS_KEY_BYTES], char ret_source[64])
{
    struct credentials credentials = {0};
    TRY(credentials_get(session->credentials, &credentials));
    if (ret_key_id != NULL) {
        (void)snprintf(ret_key_id, CREDENTIALS_KEY_BYTES, "%s", credentials.access_key_id);
    }
    if (ret_source != NULL) {
        (void)snprintf(ret_source, sizeof(credentials.source), "%s", credentials.source);
    }
    credentials_wipe(&credentials);
    return status_ok();
}

struct status aws_session_endpoint(const struct aws_session *session, enum aws_service service,
                                   struct aws_endpoint *ret_endpoint)
{
    return aws_settings_endpoint(&session->settings, service, ret_endpoint);
}

struct status aws_session_create_client(struct aws_session *session, enum aws_service service,
                                        struct aws_client **ret_client)
{
    struct aws_endpoint endpoint;
    TRY(aws_session_endpoint(session, service, &endpoint));
    struct aws_client_options options = {
        .service = service,
        .region = endpoint.signing_region,
        .endpoint = endpoint.url,
        .transport = session->transport,
        .credentials = session->credentials,
        .clock = session->clock,
        .max_attempts = session->settings.max_attempts,
        .retry_mode = session->settings.retry_mode,
    };
    return aws_client_create(&options, ret_client);
}

struct status aws_session_find_ca_bundle(const char *profile, const struct environment *environment,
                                         char *ret_path, size_t size)
{
    const struct environment *used = environment_or_real(environment);
    struct profiles profiles = {0};
    TRY(profiles_load(used, &profiles));
    struct status status = aws_settings_find_ca_bundle(profile, used, &profiles, ret_path, size);
    profiles_free(&profiles);
    return status;
}

struct status aws_session_find_user_agent(const char *profile, const struct environment *environment,
                                          char ret_text[USER_AGENT_BYTES], bool *ret_whole)
{
    const struct environment *used = environment_or_real(environment);
    struct profiles profiles = {0};
    TRY(profiles_load(used, &profiles));
    struct status status = aws_settings_find_user_agent(profile, used, &profiles, ret_text, ret_whole);
    profiles_free(&profiles);
    return status;
}
