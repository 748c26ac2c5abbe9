#include "worker/startup_rules.h"

#include <stdio.h>
#include <string.h>

struct status startup_check_view(const char *view_type, const char *stream, const char *wants_old)
{
    bool new_and_old = strcmp(view_type, "NEW_AND_OLD_IMAGES") == 0;
    if (new_and_old || (strcmp(view_type, "NEW_IMAGE") == 0 && wants_old == NULL)) {
        return status_ok();
    }
    if (strcmp(view_type, "NEW_IMAGE") == 0) {
        return status_make(
            STATUS_INVALID,
            "%s needs a stream of the kind NEW_AND_OLD_IMAGES, and that of %.120s is NEW_IMAGE; "
            "leave it out, or switch the stream off and on again with the other kind",
            wants_old, stream);
    }
    return status_make(
        STATUS_INVALID,
        "the stream of %.100s is of the kind %.20s and shows no new images; switch it off and on again "
        "as NEW_IMAGE or NEW_AND_OLD_IMAGES (aws dynamodb update-table --stream-specification)",
        stream, view_type[0] == '\0' ? "(unknown)" : view_type);
}

static struct status fill_target(const char *table, const char *arn, struct stream_target *ret_target)
{
    struct stream_arn_parts parts;
    TRY(stream_arn_parse(arn, &parts));
    snprintf(ret_target->table, sizeof ret_target->table, "%s", table[0] == '\0' ? parts.table : table);
    snprintf(ret_target->arn, sizeof ret_target->arn, "%s", arn);
    snprintf(ret_target->label, sizeof ret_target->label, "%s", parts.label);
    return status_ok();
}

bool startup_is_switched_off(const struct dynamodb_table *table)
{
    return table->stream_arn[0] != '\0' && !table->stream_enabled;
}

struct status startup_target_of_old_stream(const struct dynamodb_table *table,
                                           struct stream_target *ret_target)
{
    return fill_target(table->name, table->stream_arn, ret_target);
}

struct status startup_target_of_table(const struct dynamodb_table *table, const char *wants_old,
                                      struct stream_target *ret_target)
{
    if (table->stream_arn[0] == '\0') {
        return status_make(
            STATUS_NOT_FOUND,
            "table '%.100s' has no stream; switch one on: aws dynamodb update-table --table-name NAME "
            "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES",
            table->name);
    }
    if (!table->stream_enabled) {
        return status_make(
            STATUS_INVALID,
            "the stream of table '%.80s' is switched off; switch it on (aws dynamodb update-table), or "
            "read the old one's last 24 hours with --stream-arn",
            table->name);
    }
    char named[DYNAMODB_NAME_BYTES + 16];
    snprintf(named, sizeof named, "table '%s'", table->name);
    TRY(startup_check_view(table->stream_view_type, named, wants_old));
    return fill_target(table->name, table->stream_arn, ret_target);
}

struct status startup_target_of_stream(const struct stream_description *description, const char *arn,
                                       const char *wants_old, struct stream_target *ret_target)
{
    char named[STREAMS_TABLE_BYTES + 16];
    snprintf(named, sizeof named, "table '%s'", description->table);
    TRY(startup_check_view(description->view_type, named, wants_old));
    return fill_target(description->table, arn, ret_target);
}

/* The host's part of a URL. */
static struct slice host_of(const char *url)
{
    const char *start = strstr(url, "://");
    start = start == NULL ? url : start + 3;
    return slice_of(start, strcspn(start, ":/?#"));
}

static bool ends_with(struct slice whole, const char *tail)
{
    size_t length = strlen(tail);
    return whole.length >= length && memcmp(whole.at + whole.length - length, tail, length) == 0;
}

bool startup_is_aws_endpoint(const char *url)
{
    static const char *const suffixes[] = {".amazonaws.com",
                                           ".amazonaws.com.cn",
                                           ".amazonaws.eu",
                                           ".api.aws",
                                           ".api.amazonwebservices.com.cn",
                                           ".api.amazonwebservices.eu"};
    struct slice host = host_of(url);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (ends_with(host, suffixes[i])) {
            return true;
        }
    }
    return false;
}

struct status startup_check_region(const char *arn_region, const char *session_region,
                                   const char *streams_endpoint)
{
    if (strcmp(arn_region, session_region) == 0 || !startup_is_aws_endpoint(streams_endpoint)) {
        return status_ok();
    }
    return status_make(
        STATUS_INVALID,
        "the stream of --stream-arn is in region %s, and the region set is %s; set --region %s, or none",
        arn_region, session_region, arn_region);
}

struct status startup_app_name(const char *configured, const char *table, char ret_app[DYNAMODB_NAME_BYTES])
{
    char app[DYNAMODB_NAME_BYTES + 16];
    int length = configured != NULL ? snprintf(app, sizeof app, "%s", configured)
                                    : snprintf(app, sizeof app, "penstock-%s", table);
    if (length >= DYNAMODB_NAME_BYTES) {
        return status_make(
            STATUS_INVALID,
            "the lease table's name penstock-TABLE would be over 255 bytes; choose one with --app");
    }
    if (strcmp(app, table) == 0) {
        return status_make(
            STATUS_INVALID,
            "--app '%.100s' is the table that is carried; leases need a table of their own, such as "
            "penstock-%.60s",
            app, table);
    }
    snprintf(ret_app, DYNAMODB_NAME_BYTES, "%.*s", DYNAMODB_NAME_BYTES - 1, app);
    return status_ok();
}

struct status startup_state_dir(const char *configured, const char *(*get)(void *context, const char *name),
                                void *context, char *ret_path, size_t size)
{
    const char *systemd = get(context, "STATE_DIRECTORY");
    const char *xdg = get(context, "XDG_STATE_HOME");
    const char *home = get(context, "HOME");
    char path[4096];
    int length;
    if (configured != NULL) {
        length = snprintf(path, sizeof path, "%s", configured);
    } else if (systemd != NULL && systemd[0] == '/') {
        length = snprintf(path, sizeof path, "%.*s", (int)strcspn(systemd, ":"), systemd);
    } else if (xdg != NULL && xdg[0] == '/') {
        length = snprintf(path, sizeof path, "%s/penstock", xdg);
    } else if (home != NULL && home[0] == '/' && home[1] != '\0') {
        length = snprintf(path, sizeof path, "%s/.local/state/penstock", home);
    } else {
        length = snprintf(path, sizeof path, "/var/lib/penstock");
    }
    if (length >= (int)sizeof path || (size_t)length >= size) {
        return status_make(STATUS_INVALID, "the state folder's name is too long; set a shorter --state-dir");
    }
    snprintf(ret_path, size, "%.*s", (int)size - 1, path);
    return status_ok();
}

/* AWS's codes for credentials that are wrong or too old, as opposed to a right that is missing. */
static bool speaks_of_credentials(const char *reason)
{
    static const char *const codes[] = {
        "UnrecognizedClient",  "InvalidClientTokenId",       "InvalidSignature",   "SignatureDoesNotMatch",
        "IncompleteSignature", "MissingAuthenticationToken", "InvalidAccessKeyId", "AuthFailure"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strstr(reason, codes[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool speaks_of_expiry(const char *reason)
{
    return strstr(reason, "ExpiredToken") != NULL || strstr(reason, "RequestExpired") != NULL;
}

static struct status explain_denied(const struct startup_call *call, const struct status *failure)
{
    if (speaks_of_expiry(failure->reason)) {
        return status_make(STATUS_DENIED,
                           "the credentials (from %.60s) have expired; renew them and start again",
                           call->credentials);
    }
    if (speaks_of_credentials(failure->reason)) {
        return status_make(
            STATUS_DENIED,
            "AWS does not accept the credentials (from %.60s); check the access key, its secret and, for "
            "temporary ones, the session token",
            call->credentials);
    }
    if (strstr(failure->reason, "AccessDenied") != NULL) {
        return status_make(
            STATUS_DENIED,
            "access denied: allow the action %.60s on %.100s in %.30s for the credentials in use (from "
            "%.40s)",
            call->action, call->resource, call->region, call->credentials);
    }
    return *failure;
}

struct status startup_explain(const struct startup_call *call, const struct status *failure)
{
    switch (failure->code) {
    case STATUS_NOT_FOUND:
        return status_make(STATUS_NOT_FOUND, "there is no %.120s in region %.30s; check %.60s",
                           call->resource, call->region, call->setting);
    case STATUS_DENIED:
        return explain_denied(call, failure);
    case STATUS_UNAVAILABLE:
    case STATUS_TIMEOUT:
        return status_prefix(*failure,
                             "cannot reach AWS (check the network, --region %.30s and AWS_ENDPOINT_URL)",
                             call->region);
    case STATUS_CORRUPT:
    case STATUS_TOO_LARGE:
        return status_prefix(*failure, "this is no answer of AWS's (check AWS_ENDPOINT_URL and proxies)");
    default:
        return *failure;
    }
}
