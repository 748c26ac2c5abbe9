/* The name of a line that takes another way: another name for the same line makes it two, the same name for two
 * lines makes one of them lost. */
#include "support.h"

#include "sink/letter_facts.h"
#include "tests/unit/aws/mutate.h"

static void a_line_says_its_number_and_time(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *sequence;
        int64_t event_ts_ms;
    } cases[] = {
        {"{\"v\":1,\"seq\":\"300000000000000000000000005\",\"event_ts_ms\":1763900000000}\n",
         "300000000000000000000000005", 1763900000000},
        {"{\"seq\":\"1234567890123456789012345678901234567890\"}", "1234567890123456789012345678901234567890",
         0},
        {"{\"seq\":\"12345678901234567890123456789012345678901234567890\"}", "", 0},
        {"{\"seq\":\"../../x\",\"event_ts_ms\":\"1\"}", "", 0},
        {"{\"seq\":5,\"event_ts_ms\":-1}", "", 0},
        {"{\"new_image\":{\"seq\":\"7\"}}", "", 0},
        {"{\"seq\":\"7\"", "", 0},
        {"", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct letter_facts facts = letter_facts_of(slice_of_text(cases[i].line));
        assert_string_equal(facts.sequence, cases[i].sequence);
        assert_int_equal(facts.event_ts_ms, cases[i].event_ts_ms);
    }
}

static void the_same_line_has_one_name_and_others_have_others(void **state)
{
    (void)state;
    const struct letter_facts none = {.sequence = ""};
    const struct letter_facts some = {.sequence = "300"};
    char first[LETTER_SEQUENCE_BYTES];
    char second[LETTER_SEQUENCE_BYTES];
    assert_ok(letter_facts_name(&some, slice_of_text("a"), first));
    assert_string_equal(first, "300");
    assert_ok(letter_facts_name(&none, slice_of_text("a"), first));
    assert_ok(letter_facts_name(&none, slice_of_text("b"), second));
    assert_string_not_equal(first, second);
    assert_string_equal(first, "ca978112ca1bbdcafac231b39a23dc4d");
}

static void no_bytes_are_too_strange(void **state)
{
    (void)state;
    static const char sample[] = "{\"v\":1,\"seq\":\"300\",\"event_ts_ms\":1763900000000,\"keys\":{}}\n";
    struct random random;
    random_init(&random, test_seed());
    for (int i = 0; i < 20000; i++) {
        char *memory = malloc(sizeof sample);
        assert_non_null(memory);
        struct letter_facts facts = letter_facts_of(mutate(&random, sample, memory, sizeof sample));
        assert_int_equal(strspn(facts.sequence, "0123456789"), strlen(facts.sequence));
        assert_true(facts.event_ts_ms >= 0);
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_its_number_and_time),
        cmocka_unit_test(the_same_line_has_one_name_and_others_have_others),
        cmocka_unit_test(no_bytes_are_too_strange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
