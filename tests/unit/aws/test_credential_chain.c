/* Which place decides, in botocore's order, and what is said when none does.
 * tests/integration/test_credentials.py compares the choice with botocore's own. */
#include <unistd.h>

#include "tests/unit/aws/credential_fixture.h"

#include "aws/credential_chain.h"

#define STS "https://sts.eu-west-1.amazonaws.com/"
#define STS_BODY(action, key)                                                                                \
    "<" action "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" action                       \
    "Result><Credentials>"                                                                                   \
    "<AccessKeyId>" key "</AccessKeyId><SecretAccessKey>" CANARY_SECRET                                      \
    "</SecretAccessKey><SessionToken>" CANARY_TOKEN                                                          \
    "</SessionToken><Expiration>2026-11-23T11:00:00Z</Expiration></Credentials></" action "Result></" action \
    "Response>"
#define ROLE_STEP(form, key) {"POST", STS, NULL, 200, STS_BODY("AssumeRole", key), STATUS_OK, form}
#define JSON_BODY(key)                                                                                       \
    "{\"AccessKeyId\":\"" key "\",\"SecretAccessKey\":\"" CANARY_SECRET "\",\"Token\":\"" CANARY_TOKEN       \
    "\",\"Expiration\":\"2026-11-23T16:00:00Z\"}"
#define KEYS(key) "aws_access_key_id = " key "\naws_secret_access_key = " CANARY_SECRET "\n"
#define ENV_KEYS                                                                                             \
    {"AWS_ACCESS_KEY_ID", "AKENV"},                                                                          \
    {                                                                                                        \
        "AWS_SECRET_ACCESS_KEY", CANARY_SECRET                                                               \
    }
#define CONTAINER      {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/c"}
#define CONTAINER_STEP {"GET", "http://127.0.0.1:1/c", NULL, 200, JSON_BODY("AKCONT"), STATUS_OK, NULL}
#define NO_IMDS        {"AWS_EC2_METADATA_DISABLED", "true"}
#define PROCESS(key)                                                                                         \
    "credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"" key                                       \
    "\",\"SecretAccessKey\":\"" CANARY_SECRET "\"}'\n"

static char folder[] = "/tmp/penstock-chain-XXXXXX";
static char config_path[64];
static char credentials_path[64];
static char token_path[64];

struct chain_case {
    const char *name;
    struct fake_variable variables[6];
    const char *config;
    const char *credentials;
    const char *chosen; /* profile on the command line */
    struct fake_step steps[5];
    const char *key; /* NULL: it fails */
    const char *source_or_reason;
    enum status_code code;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(text == NULL || fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The case's variables before those that lead to the files. */
static const char *environment_get(void *context, const char *name)
{
    static const struct fake_variable files[] = {
        {"AWS_CONFIG_FILE", config_path}, {"AWS_SHARED_CREDENTIALS_FILE", credentials_path}, {NULL, NULL}};
    const char *value = fake_environment_get(context, name);
    for (size_t i = 0; value == NULL && files[i].name != NULL; i++) {
        value = strcmp(files[i].name, name) == 0 ? files[i].value : NULL;
    }
    return value;
}

static struct status get(const struct chain_case *one, struct credentials *credentials)
{
    struct fixture fixture;
    struct profiles profiles = {0};
    struct credentials_source *chain = NULL;
    bool is_named = false;
    fixture_open(&fixture, one->variables, "", "", one->steps);
    fixture.environment.get = environment_get;
    write_file(config_path, one->config);
    write_file(credentials_path, one->credentials);
    fixture.settings.profile_is_chosen = one->chosen != NULL;
    (void)snprintf(fixture.settings.profile, sizeof(fixture.settings.profile), "%s",
                   profiles_choose(&fixture.environment, one->chosen, &is_named));
    struct credential_chain_options options = {
        .settings = &fixture.settings,
        .environment = &fixture.environment,
        .transport = &fixture.transport.transport,
        .resolver = host_resolver_real(),
        .clock = &fixture.clock.clock,
        .cancel = &fixture.cancel,
    };
    struct status status = credential_chain_create(&options, &chain);
    assert_string_equal(status.reason, "");
    status = credentials_get(chain, credentials);
    check_no_canary(&status);
    if (one->steps[fixture.transport.asked].method != NULL) {
        fail_msg("%s: only %zu requests", one->name, fixture.transport.asked);
    }
    chain->destroy(chain);
    profiles_free(&profiles);
    fixture_close(&fixture);
    return status;
}

static void check_case(const struct chain_case *one)
{
    struct credentials credentials = {0};
    struct status status = get(one, &credentials);
    if (one->key == NULL) {
        check_reason(&status, one->code, one->source_or_reason);
        assert_string_equal(credentials.access_key_id, "");
        return;
    }
    if (!status_is_ok(&status) || strcmp(credentials.access_key_id, one->key) != 0 ||
        strcmp(credentials.source, one->source_or_reason) != 0) {
        fail_msg("%s: '%s' from '%s' (%s)", one->name, credentials.access_key_id, credentials.source,
                 status.reason);
    }
    assert_string_equal(credentials.secret_access_key, CANARY_SECRET);
}

static void each_place_in_its_turn(void **state)
{
    (void)state;
    static const struct chain_case cases[] = {
        {"environment first",
         {ENV_KEYS, CONTAINER},
         "[default]\n" PROCESS("AKPROC"),
         "[default]\n" KEYS("AKFILE"),
         NULL,
         {{0}},
         "AKENV",
         "environment",
         STATUS_OK},
        {"environment even with AWS_PROFILE",
         {ENV_KEYS, {"AWS_PROFILE", "p"}},
         "",
         "[p]\n" KEYS("AKFILE"),
         NULL,
         {{0}},
         "AKENV",
         "environment",
         STATUS_OK},
        {"a chosen profile skips the environment",
         {ENV_KEYS},
         "",
         "[p]\n" KEYS("AKFILE"),
         "p",
         {{0}},
         "AKFILE",
         "profile 'p'",
         STATUS_OK},
        {"a role before keys of the same profile",
         {{NULL, NULL}},
         "[default]\nrole_arn = arn:r\nsource_profile = default\n",
         "[default]\n" KEYS("AKFILE"),
         NULL,
         {ROLE_STEP("RoleArn=arn%3Ar", "AKROLE")},
         "AKROLE",
         "role of profile 'default'",
         STATUS_OK},
        {"web identity before files",
         {{"AWS_WEB_IDENTITY_TOKEN_FILE", token_path}, {"AWS_ROLE_ARN", "arn:w"}},
         "",
         "[default]\n" KEYS("AKFILE"),
         NULL,
         {{"POST", STS, NULL, 200, STS_BODY("AssumeRoleWithWebIdentity", "AKWEB"), STATUS_OK,
           "WebIdentityToken=CANARY.jwt"}},
         "AKWEB",
         "web identity",
         STATUS_OK},
        {"the credentials file before a process",
         {{NULL, NULL}},
         "[default]\n" PROCESS("AKPROC"),
         "[default]\n" KEYS("AKFILE"),
         NULL,
         {{0}},
         "AKFILE",
         "profile 'default'",
         STATUS_OK},
        {"a process before the config file",
         {{NULL, NULL}},
         "[default]\n" KEYS("AKCONFIG") PROCESS("AKPROC"),
         "",
         NULL,
         {{0}},
         "AKPROC",
         "process of profile 'default'",
         STATUS_OK},
        {"the config file before a container",
         {CONTAINER},
         "[default]\n" KEYS("AKCONFIG"),
         "",
         NULL,
         {{0}},
         "AKCONFIG",
         "profile 'default'",
         STATUS_OK},
        {"the container before the instance",
         {CONTAINER},
         "",
         "",
         NULL,
         {CONTAINER_STEP},
         "AKCONT",
         "container",
         STATUS_OK},
        {"the instance last",
         {{NULL, NULL}},
         "",
         "",
         NULL,
         {{"PUT", "http://169.254.169.254/latest/api/token", NULL, 200, "t", STATUS_OK, NULL},
          {"GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials/", NULL, 200, "r",
           STATUS_OK, NULL},
          {"GET", "http://169.254.169.254/latest/meta-data/iam/security-credentials/r", NULL, 200,
           JSON_BODY("AKIMDS"), STATUS_OK, NULL}},
         "AKIMDS",
         "instance role 'r'",
         STATUS_OK},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_case(&cases[i]);
    }
}

static void roles_take_their_credentials_from(void **state)
{
    (void)state;
    static const struct chain_case cases[] = {
        {"a chain of roles",
         {{"AWS_PROFILE", "a"}},
         "[profile a]\nrole_arn = arn:a\nsource_profile = b\nexternal_id = x y\n"
         "[profile b]\nrole_arn = arn:b\nsource_profile = c\nrole_session_name = me@b\n"
         "[profile c]\n" KEYS("AKC"),
         "",
         NULL,
         {ROLE_STEP("RoleArn=arn%3Ab&RoleSessionName=me%40b", "AKB"), ROLE_STEP("ExternalId=x%20y", "AKA")},
         "AKA",
         "role of profile 'a'",
         STATUS_OK},
        {"the environment, even when a profile is chosen",
         {ENV_KEYS},
         "[profile a]\nrole_arn = arn:a\ncredential_source = Environment\nduration_seconds = 900\n",
         "",
         "a",
         {ROLE_STEP("DurationSeconds=900", "AKA")},
         "AKA",
         "role of profile 'a'",
         STATUS_OK},
        {"the container",
         {CONTAINER, {"AWS_PROFILE", "a"}},
         "[profile a]\nrole_arn = arn:a\ncredential_source = EcsContainer\n",
         "",
         NULL,
         {CONTAINER_STEP, ROLE_STEP("RoleSessionName=penstock-1795428000", "AKA")},
         "AKA",
         "role of profile 'a'",
         STATUS_OK},
        {"a process of the source profile",
         {{"AWS_PROFILE", "a"}},
         "[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\n" PROCESS("AKPROC"),
         "",
         NULL,
         {ROLE_STEP("RoleArn=arn%3Aa", "AKA")},
         "AKA",
         "role of profile 'a'",
         STATUS_OK},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_case(&cases[i]);
    }
}

static void what_is_wrong_ends_the_chain_in_words(void **state)
{
    (void)state;
    static const struct chain_case cases[] = {
        {"half of the environment",
         {{"AWS_ACCESS_KEY_ID", "AK"}},
         "",
         "[default]\n" KEYS("AKFILE"),
         NULL,
         {{0}},
         NULL,
         "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not",
         STATUS_DENIED},
        {"a bad expiry",
         {ENV_KEYS, {"AWS_CREDENTIAL_EXPIRATION", "tomorrow"}},
         "",
         "",
         NULL,
         {{0}},
         NULL,
         "AWS_CREDENTIAL_EXPIRATION is 'tomorrow'",
         STATUS_INVALID},
        {"half of a profile",
         {{NULL, NULL}},
         "",
         "[default]\naws_access_key_id = AK\n",
         NULL,
         {{0}},
         NULL,
         "the secret access key is empty",
         STATUS_INVALID},
        {"two sources for a role",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\nsource_profile = b\ncredential_source = Environment\n",
         "",
         NULL,
         {{0}},
         NULL,
         "both of source_profile and credential_source",
         STATUS_INVALID},
        {"no source for a role",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\n",
         "",
         NULL,
         {{0}},
         NULL,
         "none of source_profile and credential_source",
         STATUS_INVALID},
        {"an unknown source",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\ncredential_source = environment\n",
         "",
         NULL,
         {{0}},
         NULL,
         "none of Environment, EcsContainer and Ec2InstanceMetadata",
         STATUS_INVALID},
        {"a source that has nothing",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\ncredential_source = Environment\n",
         "",
         NULL,
         {{0}},
         NULL,
         "credential_source 'Environment': not set",
         STATUS_DENIED},
        {"a missing source profile",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\nsource_profile = b\n",
         "",
         NULL,
         {{0}},
         NULL,
         "source_profile 'b', which does not exist",
         STATUS_INVALID},
        {"an empty source profile",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\nsource_profile = b\n[profile b]\nregion = x\n",
         "",
         NULL,
         {{0}},
         NULL,
         "source_profile 'b': no AWS credentials: web identity: no token file; credentials file: no keys",
         STATUS_DENIED},
        {"a circle",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\nsource_profile = b\n[profile b]\nrole_arn = b\nsource_profile = default\n",
         "",
         NULL,
         {{0}},
         NULL,
         "goes in a circle: 'b' leads back to 'default'",
         STATUS_INVALID},
        {"a circle of one",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\nsource_profile = default\n",
         "",
         NULL,
         {{0}},
         NULL,
         "goes in a circle",
         STATUS_INVALID},
        {"MFA",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\nsource_profile = b\nmfa_serial = x\n[profile b]\n" KEYS("AK"),
         "",
         NULL,
         {{0}},
         NULL,
         "has mfa_serial",
         STATUS_INVALID},
        {"a bad duration",
         {{NULL, NULL}},
         "[default]\nrole_arn = a\nsource_profile = b\nduration_seconds = 1h\n[profile b]\n" KEYS("AK"),
         "",
         NULL,
         {{0}},
         NULL,
         "duration_seconds is '1h'",
         STATUS_INVALID},
        {"IAM Identity Center",
         {{NULL, NULL}},
         "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n",
         "[default]\n" KEYS("AK"),
         NULL,
         {{0}},
         NULL,
         "credential_process = aws configure export-credentials --profile default",
         STATUS_INVALID},
        {"aws login",
         {{NULL, NULL}},
         "[default]\nlogin_session = s\n",
         "",
         NULL,
         {{0}},
         NULL,
         "signs in with 'aws login'",
         STATUS_INVALID},
        {"a missing token file",
         {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent"}, {"AWS_ROLE_ARN", "a"}, CONTAINER},
         "",
         "",
         NULL,
         {{0}},
         NULL,
         "web identity: cannot open '/nonexistent'",
         STATUS_DENIED},
        {"a token without a role",
         {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/x"}, CONTAINER},
         "",
         "",
         NULL,
         {{0}},
         NULL,
         "but no role: set AWS_ROLE_ARN",
         STATUS_INVALID},
        {"a refused role",
         {{NULL, NULL}},
         "[default]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\n" KEYS("AK"),
         "",
         NULL,
         {{"POST", STS, NULL, 403,
           "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not "
           "you</Message></Error></ErrorResponse>",
           STATUS_OK, "AssumeRole"}},
         NULL,
         "the role of profile 'default': cannot assume the role 'arn:a'",
         STATUS_DENIED},
        {"nothing at all",
         {NO_IMDS},
         "",
         "",
         NULL,
         {{0}},
         NULL,
         "no AWS credentials: environment: not set; role: no role_arn; web identity: no token file; "
         "credentials "
         "file: no keys; process: none; config file: no keys; container: no URI; instance metadata: disabled",
         STATUS_NOT_FOUND},
        {"nothing in a chosen profile",
         {NO_IMDS, ENV_KEYS},
         "[profile p]\nregion = x\n",
         "",
         "p",
         {{0}},
         NULL,
         "environment: left out for the chosen profile; role",
         STATUS_NOT_FOUND},
        {"a broken file",
         {{NULL, NULL}},
         "[default]\nCANARY\n",
         "",
         NULL,
         {{0}},
         NULL,
         "line 2: neither a [section] nor 'key = value'",
         STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_case(&cases[i]);
    }
}

/* EKS writes a new token into the same file before the old one ends. */
static void a_new_token_in_the_file_is_the_one_sent(void **state)
{
    (void)state;
#define WEB_STEP(form)                                                                                       \
    {"POST", STS, NULL, 200, STS_BODY("AssumeRoleWithWebIdentity", "AKWEB"), STATUS_OK, form}
    static const struct fake_variable variables[] = {
        {"AWS_WEB_IDENTITY_TOKEN_FILE", token_path}, {"AWS_ROLE_ARN", "arn:w"}, {NULL, NULL}};
    static const struct fake_step steps[] = {
        WEB_STEP("WebIdentityToken=first.CANARY"),
        WEB_STEP("WebIdentityToken=second-and-longer.CANARY"),
        WEB_STEP("WebIdentityToken=3rd"),
        {0},
    };
    static const char *const tokens[] = {"first.CANARY\n", "second-and-longer.CANARY", "3rd\r\n"};
    struct fixture fixture;
    fixture_open(&fixture, variables, "", "", steps);
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        struct credentials credentials = {0};
        write_file(token_path, tokens[i]);
        struct status status = credential_web_identity_get(&fixture.context, "default", true, &credentials);
        assert_string_equal(status.reason, "");
        assert_string_equal(credentials.access_key_id, "AKWEB");
    }
    assert_int_equal(fixture.transport.asked, 3);
    fixture_close(&fixture);
    write_file(token_path, "CANARY.jwt\n");
}

static int make_files(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(config_path, sizeof(config_path), "%s/config", folder);
    (void)snprintf(credentials_path, sizeof(credentials_path), "%s/credentials", folder);
    (void)snprintf(token_path, sizeof(token_path), "%s/token", folder);
    write_file(token_path, "CANARY.jwt\n");
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    return unlink(config_path) + unlink(credentials_path) + unlink(token_path) + rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_in_its_turn),
        cmocka_unit_test(roles_take_their_credentials_from),
        cmocka_unit_test(a_new_token_in_the_file_is_the_one_sent),
        cmocka_unit_test(what_is_wrong_ends_the_chain_in_words),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
