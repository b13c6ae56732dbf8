/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A publisher's world (see the header). */
#include "books-press.h"

#include <string.h>

void
done (JsonNode *answer)
{
  json_node_unref (answer);
}

JsonObject *
object (JsonNode *answer)
{
  return json_node_get_object (answer);
}

JsonObject *
nth (JsonNode *answer, const char *array, guint n)
{
  return json_array_get_object_element (json_object_get_array_member (object (answer), array), n);
}

guint
length (JsonNode *answer, const char *array)
{
  return json_array_get_length (json_object_get_array_member (object (answer), array));
}

gint64
micros_of (JsonObject *from, const char *name)
{
  gint64 micros;

  g_assert_true (far_micros_parse (json_object_get_string_member (from, name), &micros, NULL));
  return micros;
}

void
pay (World *world, guint reader, const char *property, const char *article, gint64 amount_micros)
{
  g_autofree char *key = g_strdup_printf ("%u-%s-%s", reader, property, article);
  g_autoptr (JsonNode) due = NULL, begun = NULL;

  done (world_ask (world, "{'command':'method.set','key':'m%s','reader':'%s','customer':'c',"
                   "'payment_method':'pm'}", key, world_reader (reader)));
  done (world_ask (world, PLEDGE, key, world_reader (reader), property, article, amount_micros));
  due = world_ask (world, "{'command':'tabs.due'}");
  g_assert_cmpuint (length (due, "tabs"), ==, 1);
  begun = world_ask (world, "{'command':'charge.begin','key':'%s','tab':'%s'}", key,
                     json_object_get_string_member (nth (due, "tabs", 0), "tab"));
  done (world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'succeeded',"
                   "'provider_id':'pi_%s','fee_micros':'400000'}", answer_text (begun, "intent"),
                   key));
}

World *
new_world (void)
{
  World *world = world_new (FAR_LEDGER_MONEY_TEST);

  world_furnish (world, 1000000);
  done (world_ask (world, "{'command':'property.ensure','property':'blog','currency':'USD',"
                   "'publisher':'news','terms':{'fee_bps':1000,'fee_receiver':'us',"
                   "'refund_window_s':0}}"));
  return world;
}

void
set_accounts (World *world)
{
  done (world_ask (world, "{'command':'publisher.set','publisher':'news',"
                   "'legal_name':'Müller & Söhne <Zeitung>','iban':'de89 3704 0044 0532 0130 00',"
                   "'bic':'COBADEFFXXX','threshold_micros':'5000000'}"));
  done (world_ask (world, "{'command':'house.set','legal_name':'Rope Walk','iban':"
                   "'GB82WEST12345698765432'}"));
}

char *
prepare (World *world, const char *key, gint64 expected_micros)
{
  g_autoptr (JsonNode) answer = world_ask (world, "{'command':'payout.prepare','key':'%s'}", key);

  g_assert_cmpuint (length (answer, "batches"), ==, 1);
  g_assert_cmpint (micros_of (nth (answer, "batches", 0), "amount_micros"), ==, expected_micros);
  return g_strdup (json_object_get_string_member (nth (answer, "batches", 0), "batch"));
}

char *
payout_of (World *world, const char *batch)
{
  g_autoptr (JsonNode) list = world_ask (world, "{'command':'payout.list','token':'%s','batch':"
                                         "'%s'}", world->token_hash, batch);

  g_assert_cmpuint (length (list, "payouts"), ==, 1);
  return g_strdup (json_object_get_string_member (nth (list, "payouts", 0), "payout"));
}

gint64
earning (World *world, const char *property, const char *name)
{
  g_autoptr (JsonNode) answer = world_ask (world, "{'command':'earnings','token':'%s','property':"
                                           "'%s'}", world->token_hash, property);

  g_assert_cmpint (answer_micros (answer, "publisher_micros"), ==,
                   answer_micros (answer, "estimated_micros") +
                   answer_micros (answer, "final_micros"));
  g_assert_cmpint (answer_micros (answer, "publisher_micros"), ==,
                   answer_micros (answer, "pay_micros") - answer_micros (answer, "refund_micros") -
                   answer_micros (answer, "write_off_micros") +
                   answer_micros (answer, "ad_micros") -
                   answer_micros (answer, "disputed_micros"));
  return answer_micros (answer, name);
}
