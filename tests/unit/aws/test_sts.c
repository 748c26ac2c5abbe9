/* STS: credentials of a role, signed for or not, and every reply that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/sts.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/aws/scripted_transport.h"
#include "tests/unit/seed.h"

#define REPLY                                                                                                \
    "<AssumeRoleResponse "                                                                                   \
    "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser>"                \
    "<AssumedRoleId>ARO:s</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>ASIAX</AccessKeyId>"    \
    "<SecretAccessKey>s/e+c&amp;r</SecretAccessKey><SessionToken>tok==</SessionToken><Expiration>"           \
    "2026-11-23T11:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"

static const char no_expiration[] =
    "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>secret-canary</SecretAccessKey>"
    "<SessionToken>T</SessionToken></Credentials>";

static const struct credentials signer = {.access_key_id = "AKIASIGNER",
                                          .secret_access_key = "signing-secret"};

static struct sts_options options_for(struct scripted_transport *script)
{
    return (struct sts_options){.transport = &script->transport,
                                .endpoint = "https://sts.eu-west-1.amazonaws.com",
                                .region = "eu-west-1",
                                .clock = clock_real(),
                                .credentials = &signer};
}

static struct status assume(struct scripted_transport *script, struct credentials *credentials)
{
    struct sts_options options = options_for(script);
    struct sts_assume_role_request request = {
        .role_arn = "arn:aws:iam::1:role/r", .session_name = "pen stock", .external_id = "a&b"};
    return sts_assume_role(&options, &request, credentials);
}

static void a_role_is_assumed_with_a_signed_form(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 200, .body = REPLY}};
    struct scripted_transport script;
    struct credentials credentials = {.source = "profile 'x'"};
    script_start(&script, steps, 1);
    assert_int_equal(assume(&script, &credentials).code, STATUS_OK);
    assert_string_equal(credentials.access_key_id, "ASIAX");
    assert_string_equal(credentials.secret_access_key, "s/e+c&r");
    assert_string_equal(credentials.session_token, "tok==");
    assert_int_equal(credentials.expires_wall_ms, 1795431600000);
    assert_string_equal(credentials.source, "profile 'x'");
    const struct script_request *sent = &script.requests[0];
    assert_string_equal(sent->body,
                        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
                        "&RoleSessionName=pen%20stock&DurationSeconds=3600&ExternalId=a%26b");
    assert_non_null(
        strstr(sent->headers, "content-type: application/x-www-form-urlencoded; charset=utf-8\n"));
    assert_non_null(strstr(sent->headers, "authorization: AWS4-HMAC-SHA256 Credential=AKIASIGNER/"));
    assert_non_null(strstr(sent->headers, "/eu-west-1/sts/aws4_request"));
    assert_null(strstr(sent->headers, "x-amz-target"));
    script_end(&script);
}

static void a_web_identity_is_sent_unsigned(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 200, .body = REPLY}};
    struct scripted_transport script;
    struct credentials credentials = {.source = ""};
    script_start(&script, steps, 1);
    struct sts_options options = options_for(&script);
    options.credentials = NULL;
    struct sts_web_identity_request request = {
        .role_arn = "r", .session_name = "s", .token = slice_of_text("eyJ.a-b_c"), .duration_s = 900};
    assert_int_equal(sts_assume_role_with_web_identity(&options, &request, &credentials).code, STATUS_OK);
    assert_string_equal(credentials.access_key_id, "ASIAX");
    assert_string_equal(script.requests[0].body,
                        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=r&RoleSessionName=s"
                        "&DurationSeconds=900&WebIdentityToken=eyJ.a-b_c");
    assert_null(strstr(script.requests[0].headers, "authorization"));
    script_end(&script);
}

static void a_refusal_is_told_with_stss_words_and_the_role(void **state)
{
    (void)state;
    static const struct {
        struct script_step step;
        size_t attempts;
        enum status_code code;
    } cases[] = {
        {{.status = 403,
          .body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not "
                  "yours</Message></Error></ErrorResponse>"},
         1,
         STATUS_DENIED},
        {{.status = 400,
          .body = "<ErrorResponse><Error><Code>ValidationError</Code></Error></ErrorResponse>"},
         1,
         STATUS_INVALID},
        {{.status = 400,
          .body = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"},
         1,
         STATUS_DENIED},
        {{.status = 400,
          .body = "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>"},
         3,
         STATUS_UNAVAILABLE},
        {{.status = 500, .body = "oops"}, 3, STATUS_UNAVAILABLE},
        {{.transport = STATUS_TIMEOUT}, 3, STATUS_TIMEOUT},
        {{.status = 200, .body = ""}, 1, STATUS_CORRUPT},
        {{.status = 200, .body = "<Credentials><AccessKeyId>A</AccessKeyId></Credentials>"},
         1,
         STATUS_CORRUPT},
        {{.status = 200,
          .body =
              "<Credentials><AccessKeyId></AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T"
              "</SessionToken><Expiration>2026-11-23T11:00:00Z</Expiration></Credentials>"},
         1,
         STATUS_CORRUPT},
        {{.status = 200,
          .body = "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>secret-canary</SecretAccessKey>"
                  "<SessionToken>T</SessionToken><Expiration>soon</Expiration></Credentials>"},
         1,
         STATUS_CORRUPT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct script_step steps[] = {cases[i].step, cases[i].step, cases[i].step};
        struct scripted_transport script;
        struct credentials credentials = {.access_key_id = "before"};
        script_start(&script, steps, 3);
        struct status status = assume(&script, &credentials);
        if (status.code != cases[i].code || script.used != cases[i].attempts) {
            fail_msg("case %zu: %zu attempts, %s", i, script.used, status.reason);
        }
        assert_non_null(strstr(status.reason, "arn:aws:iam::1:role/r"));
        assert_null(strstr(status.reason, "canary"));
        assert_string_equal(credentials.access_key_id, "before");
        script_end(&script);
    }
}

static void a_web_identity_that_gets_garbage_says_so(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "<html>sign in here</html>",
        "{\"Credentials\":{}}",
        "<AssumeRoleWithWebIdentityResponse/>",
        "<Credentials><AccessKeyId>A</AccessKeyId>",
        no_expiration,
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct script_step steps[] = {{.status = 200, .body = bodies[i]}};
        struct scripted_transport script;
        struct credentials credentials = {.access_key_id = "before"};
        script_start(&script, steps, 1);
        struct sts_options options = options_for(&script);
        options.credentials = NULL;
        struct sts_web_identity_request request = {
            .role_arn = "arn:r", .session_name = "s", .token = slice_of_text("eyJ.token-canary")};
        struct status status = sts_assume_role_with_web_identity(&options, &request, &credentials);
        assert_int_equal(status.code, STATUS_CORRUPT);
        assert_non_null(strstr(status.reason, "the role 'arn:r': STS AssumeRoleWithWebIdentity: the reply"));
        assert_null(strstr(status.reason, "canary"));
        assert_string_equal(credentials.access_key_id, "before");
        script_end(&script);
    }
}

static void foreign_replies_give_whole_credentials_or_none(void **state)
{
    (void)state;
    struct random random;
    char *target = malloc(sizeof REPLY);
    char *text = malloc(sizeof REPLY + 1);
    struct credentials *credentials = malloc(sizeof *credentials);
    assert_true(target != NULL && text != NULL && credentials != NULL);
    random_init(&random, test_seed());
    for (int i = 0; i < 3000; i++) {
        struct slice bytes = mutate(&random, REPLY, target, sizeof REPLY);
        memcpy(text, bytes.at, bytes.length);
        text[bytes.length] = '\0';
        const struct script_step steps[] = {{.status = 200, .body = text}};
        struct scripted_transport script;
        memset(credentials, 0, sizeof *credentials);
        script_start(&script, steps, 1);
        struct status status = assume(&script, credentials);
        assert_true(status.code == STATUS_OK || status.code == STATUS_CORRUPT);
        assert_true((status.code == STATUS_OK) == (credentials->access_key_id[0] != '\0'));
        assert_true((status.code == STATUS_OK) == (credentials->expires_wall_ms != 0));
        script_end(&script);
    }
    free(target);
    free(text);
    free(credentials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_is_assumed_with_a_signed_form),
        cmocka_unit_test(a_web_identity_is_sent_unsigned),
        cmocka_unit_test(a_refusal_is_told_with_stss_words_and_the_role),
        cmocka_unit_test(a_web_identity_that_gets_garbage_says_so),
        cmocka_unit_test(foreign_replies_give_whole_credentials_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
