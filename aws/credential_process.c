#include "aws/credential_fill.h"
#include "aws/credential_sources.h"
#include "aws/json.h"
#include "aws/process_run.h"
#include "aws/shell_words.h"

enum { PROCESS_OUTPUT_BYTES = 65536, PROCESS_TIMEOUT_MS = 60 * 1000 };

static bool has_version_1(struct slice body)
{
    cJSON *tree = NULL;
    struct status status = json_parse(body, &tree);
    if (!status_is_ok(&status)) {
        return false;
    }
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(tree, "Version");
    bool is_1 = cJSON_IsNumber(version) && version->valuedouble == 1.0;
    credential_tree_wipe(tree);
    return is_1;
}

static struct status parse(struct slice output, struct credentials *credentials)
{
    static const struct credential_json_form form = {.token_key = "SessionToken"};
    if (!has_version_1(output)) {
        return status_make(STATUS_CORRUPT, "its output is no JSON object with \"Version\": 1");
    }
    return credential_fill_from_json(credentials, output, &form);
}

static struct status run(const struct credential_context *context, struct shell_words *words,
                         struct credentials *credentials)
{
    struct process_options options = {
        .words = words->at,
        .timeout_ms = PROCESS_TIMEOUT_MS,
        .clock = context->clock,
        .cancel = context->cancel,
    };
    struct bytes output;
    bytes_init(&output, PROCESS_OUTPUT_BYTES);
    /* In one piece, so that no secret stays behind in a smaller buffer. */
    struct status status = bytes_reserve(&output, PROCESS_OUTPUT_BYTES);
    if (status_is_ok(&status)) {
        status = process_run(&options, &output);
    }
    if (status_is_ok(&status)) {
        status = parse(bytes_slice(&output), credentials);
    }
    bytes_wipe(&output);
    return status;
}

static struct status get(const struct credential_context *context, const char *command,
                         struct credentials *credentials)
{
    struct shell_words words = {0};
    TRY(shell_words_split(slice_of_text(command), &words));
    struct status status =
        words.count == 0 ? status_make(STATUS_INVALID, "it is empty") : run(context, &words, credentials);
    shell_words_free(&words);
    return status;
}

struct status credential_process_get(const struct credential_context *context, const char *profile,
                                     struct credentials *ret_credentials)
{
    const char *command = profiles_get(context->profiles, profile, "credential_process");
    if (command == NULL) {
        return status_make(STATUS_NOT_FOUND, "none");
    }
    struct credentials credentials = {0};
    struct status status = get(context, command, &credentials);
    if (status_is_ok(&status)) {
        credential_name_source(&credentials, "process of profile '%.36s'", profile);
        *ret_credentials = credentials;
    }
    credentials_wipe(&credentials);
    if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_INVALID; /* configured, so the chain must not pass on */
    }
    return status_prefix(status, "credential_process of profile '%.48s'", profile);
}
