/* The two shared files together, and the names of files in the environment. */
#include "tests/unit/aws/credential_fixture.h"

static void the_credentials_file_is_on_top(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, no_variables, "[profile p]\nregion = config\noutput = config\n[profile q]\n",
                 "[p]\nregion = credentials\n[r]\n", no_steps);
    assert_string_equal(profiles_get(&fixture.profiles, "p", "region"), "credentials");
    assert_string_equal(profiles_get(&fixture.profiles, "p", "output"), "config");
    assert_null(profiles_get(&fixture.profiles, "q", "region"));
    assert_true(profiles_has(&fixture.profiles, "q"));
    assert_true(profiles_has(&fixture.profiles, "r"));
    assert_false(profiles_has(&fixture.profiles, "default"));
    struct status status = profiles_check(&fixture.profiles, "default", false);
    assert_true(status_is_ok(&status));
    status = profiles_check(&fixture.profiles, "default", true);
    check_reason(&status, STATUS_NOT_FOUND, "there is no profile 'default' in '~/.aws/config'");
    fixture_close(&fixture);
}

static void the_profile_by_precedence(void **state)
{
    (void)state;
    static const struct {
        struct fake_variable variables[3];
        const char *chosen;
        const char *profile;
        bool is_named;
    } cases[] = {
        {{{NULL, NULL}}, NULL, "default", false},
        {{{"AWS_PROFILE", ""}}, NULL, "default", false},
        {{{"AWS_PROFILE", "p"}}, NULL, "p", true},
        {{{"AWS_PROFILE", "p"}, {"AWS_DEFAULT_PROFILE", "d"}}, NULL, "d", true},
        {{{"AWS_PROFILE", "p"}}, "c", "c", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        bool is_named = false;
        fixture_open(&fixture, cases[i].variables, "", "", no_steps);
        const char *profile = profiles_choose(&fixture.environment, cases[i].chosen, &is_named);
        assert_string_equal(profile, cases[i].profile);
        assert_int_equal(is_named, cases[i].is_named);
        fixture_close(&fixture);
    }
}

static void file_names_are_expanded(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {{"HOME", "/h"}, {"A", "x"}, {"EMPTY", ""}, {NULL, NULL}};
    static const char *const cases[][2] = {
        {"~/.aws/config", "/h/.aws/config"},
        {"~", "/h"},
        {"~me/x", "~me/x"},
        {"/a~/b", "/a~/b"},
        {"/$A/${A}y/$A.z", "/x/xy/x.z"},
        {"/$NO/${NO}", "/$NO/${NO}"},
        {"/a$", "/a$"},
        {"/${A", "/${A"},
        {"/$EMPTY/", "//"},
        {"", ""},
    };
    struct fixture fixture;
    char path[32];
    fixture_open(&fixture, variables, "", "", no_steps);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = environment_expand_path(&fixture.environment, cases[i][0], path, sizeof(path));
        assert_string_equal(status.reason, "");
        assert_string_equal(path, cases[i][1]);
    }
    struct status status = environment_expand_path(&fixture.environment, "/0123456789/0123456789/0123456789",
                                                   path, sizeof(path));
    check_reason(&status, STATUS_TOO_LARGE, "file name '/0123456789");
    fixture_close(&fixture);
}

static void broken_files_are_named(void **state)
{
    (void)state;
    static const struct fake_variable variables[] = {{"AWS_CONFIG_FILE", "/proc/self/status"},
                                                     {"AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"},
                                                     {NULL, NULL}};
    struct fixture fixture;
    struct profiles profiles = {0};
    fixture_open(&fixture, variables, "", "", no_steps);
    struct status status = profiles_load(&fixture.environment, &profiles);
    check_reason(&status, STATUS_INVALID, "'/proc/self/status' line 1: text before the first [section]");
    assert_null(profiles.config);
    profiles_free(&profiles);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_credentials_file_is_on_top),
        cmocka_unit_test(the_profile_by_precedence),
        cmocka_unit_test(file_names_are_expanded),
        cmocka_unit_test(broken_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
