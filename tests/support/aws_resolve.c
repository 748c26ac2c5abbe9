/* Shows what the AWS settings of an environment come to, for tests that compare with botocore.
 *
 *   aws_resolve rules                      reads lines "SERVICE REGION FIPS DUAL" (service 0 to 4 as in enum
 *                                          aws_service, flags 0 or 1); prints "URL NAME REGION" or "error
 * ..." aws_resolve session [PROFILE]          prints "region R" and "endpoint SERVICE URL" lines aws_resolve
 * credentials [PROFILE]      prints "key ID" and "source WORDS"; never a secret
 *   aws_resolve user_agent [PROFILE]       prints what every request says of its sender
 *
 * On failure the reason goes to standard error, with exit code 1.
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/config_file.h"
#include "aws/http_curl.h"
#include "aws/session.h"
#include "aws/shell_words.h"

static int fail(const struct status *status)
{
    (void)fprintf(stderr, "%s: %s\n", status_code_name(status->code), status->reason);
    return 1;
}

static void print_endpoint(enum aws_service service, const struct aws_endpoint_options *options)
{
    struct aws_endpoint endpoint;
    struct status status = aws_endpoint_resolve(service, options, &endpoint);
    if (status_is_ok(&status)) {
        (void)printf("%s %s %s\n", endpoint.url, endpoint.signing_name, endpoint.signing_region);
    } else {
        (void)printf("error %s\n", status.reason);
    }
}

static void print_rule(const char *line)
{
    struct shell_words words = {0};
    int64_t service = -1;
    struct status status = shell_words_split(slice_of_text(line), &words);
    if (status_is_ok(&status) && words.count == 4 &&
        slice_parse_int64(slice_of_text(words.at[0]), &service) && service >= 0 &&
        service < AWS_SERVICE_COUNT) {
        struct aws_endpoint_options options = {
            .region = words.at[1],
            .use_fips = strcmp(words.at[2], "1") == 0,
            .use_dual_stack = strcmp(words.at[3], "1") == 0,
        };
        print_endpoint((enum aws_service)service, &options);
    } else {
        (void)printf("not a question\n");
    }
    shell_words_free(&words);
}

/* In quotes, with every byte but plain ones as \\xNN; "null" for NULL. */
static void print_quoted(const char *text)
{
    if (text == NULL) {
        (void)printf("null");
        return;
    }
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        bool is_plain = *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';
        (void)printf(is_plain ? "%c" : "\\x%02x", (unsigned char)*text);
    }
    (void)putchar('"');
}

static void print_words(const char *line)
{
    struct shell_words words = {0};
    struct status status = shell_words_split(slice_of_text(line), &words);
    if (!status_is_ok(&status)) {
        (void)printf("error");
    }
    for (size_t i = 0; i < words.count; i++) {
        (void)printf(i == 0 ? "" : " ");
        print_quoted(words.at[i]);
    }
    (void)printf("\n");
    shell_words_free(&words);
}

static void print_config(const char *path)
{
    static const char *const profiles[] = {"default", "p", "q"};
    static const char *const keys[] = {"a", "b"};
    struct config_file *file = NULL;
    struct status status = config_file_load(path, &file);
    if (!status_is_ok(&status)) {
        (void)printf("error\n");
        return;
    }
    for (size_t i = 0; i < 6; i++) {
        const char *profile = profiles[i / 2];
        (void)printf(i == 0 ? "" : " ");
        print_quoted(config_file_get(file, CONFIG_PROFILE, profile, keys[i % 2]));
        (void)printf(" ");
        print_quoted(config_file_get_nested(file, CONFIG_PROFILE, profile, keys[i % 2], "s"));
    }
    (void)printf("\n");
    config_file_free(file);
}

static int for_each_line(void (*show)(const char *line))
{
    char line[4096];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        show(line);
    }
    return 0;
}

static struct status show_session(struct aws_session *session)
{
    (void)printf("region %s\n", aws_session_region(session));
    for (int service = 0; service < AWS_SERVICE_COUNT; service++) {
        struct aws_endpoint endpoint;
        TRY(aws_session_endpoint(session, (enum aws_service)service, &endpoint));
        (void)printf("endpoint %s %s\n", aws_service_setting((enum aws_service)service), endpoint.url);
    }
    return status_ok();
}

static struct status show_credentials(struct aws_session *session)
{
    char key[CREDENTIALS_KEY_BYTES];
    char source[64];
    TRY(aws_session_check_credentials(session, key, source));
    (void)printf("key %s\nsource %s\n", key, source);
    return status_ok();
}

static struct status with_session(const char *profile, struct status (*show)(struct aws_session *session))
{
    struct http_transport *transport = NULL;
    struct aws_session *session = NULL;
    char ca_bundle[4096];
    TRY(aws_session_find_ca_bundle(profile, NULL, ca_bundle, sizeof(ca_bundle)));
    struct http_curl_options http = {.ca_bundle = ca_bundle[0] == '\0' ? NULL : ca_bundle};
    TRY(http_curl_create(&http, &transport));
    struct aws_session_options options = {.profile = profile, .transport = transport};
    struct status status = aws_session_open(&options, &session);
    if (status_is_ok(&status)) {
        status = show(session);
    }
    aws_session_close(session);
    transport->destroy(transport);
    return status;
}

static struct status show_user_agent(const char *profile)
{
    char text[USER_AGENT_BYTES];
    bool whole = false;
    TRY(aws_session_find_user_agent(profile, NULL, text, &whole));
    (void)printf("%s\n%s\n", text, whole ? "whole" : "cut");
    return status_ok();
}

int main(int count, char **words)
{
    const char *what = count > 1 ? words[1] : "";
    const char *profile = count > 2 ? words[2] : NULL;
    struct status status;
    if (strcmp(what, "rules") == 0) {
        return for_each_line(print_rule);
    }
    if (strcmp(what, "words") == 0) {
        return for_each_line(print_words);
    }
    if (strcmp(what, "config") == 0) {
        return for_each_line(print_config);
    }
    if (strcmp(what, "session") == 0) {
        status = with_session(profile, show_session);
    } else if (strcmp(what, "credentials") == 0) {
        status = with_session(profile, show_credentials);
    } else if (strcmp(what, "user_agent") == 0) {
        status = show_user_agent(profile);
    } else {
        (void)fprintf(stderr,
                      "usage: aws_resolve rules|words|config|session|credentials|user_agent [PROFILE]\n");
        return 2;
    }
    return status_is_ok(&status) ? 0 : fail(&status);
}
