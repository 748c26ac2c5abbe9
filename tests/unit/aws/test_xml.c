/* STS's replies, cut out by tags: foreign bytes must never be read past or taken for a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/xml.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/seed.h"

static void the_text_of_a_tag(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        const char *tag;
        const char *text; /* NULL: absent */
    } cases[] = {
        {"<a><b>x</b></a>", "b", "x"},
        {"<a><b></b></a>", "b", ""},
        {"<b>first</b><b>second</b>", "b", "first"},
        {"<b>&lt;a&gt; &amp;amp; &quot;q&quot; &apos;&#65;&#x42;</b>", "b", "<a> &amp; \"q\" 'AB"},
        {"<b>a & b &unknown; &#0; &#300; &#x; &#</b>", "b", "a & b &unknown; &#0; &#300; &#x; &#"},
        {"<b>x", "b", NULL},
        {"</b><b>", "b", NULL},
        {"<bb>x</bb>", "b", NULL},
        {"<b attribute=\"1\">x</b>", "b", NULL},
        {"", "b", NULL},
        {"<b>0123456789abcdef</b>", "b", "0123456789abcdef"},
        {"<b>0123456789012345678901234567890123456789</b>", "b", NULL}, /* longer than the target */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[40] = "before";
        bool found = xml_copy_text(slice_of_text(cases[i].document), cases[i].tag, text, sizeof text);
        if (found != (cases[i].text != NULL) || strcmp(text, found ? cases[i].text : "") != 0) {
            fail_msg("%s: '%s'", cases[i].document, text);
        }
    }
}

static void foreign_bytes_are_read_within_their_bounds(void **state)
{
    (void)state;
    static const char sample[] =
        "<R><Credentials><AccessKeyId>AS&amp;IA&#65;</AccessKeyId></Credentials></R>";
    struct random random;
    char *target = malloc(sizeof sample);
    assert_non_null(target);
    random_init(&random, test_seed());
    for (int i = 0; i < 100000; i++) {
        char text[32];
        struct slice bytes = mutate(&random, sample, target, sizeof sample);
        if (xml_copy_text(bytes, "AccessKeyId", text, sizeof text)) {
            assert_true(strlen(text) < sizeof text);
        }
    }
    free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_a_tag),
        cmocka_unit_test(foreign_bytes_are_read_within_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
