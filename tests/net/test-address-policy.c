/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which addresses and URLs a call may reach that somebody else chose. */
#include "net/far-address-policy.h"

static void
test_addresses (void)
{
  static const char *const public_ones[] = {
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
    "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
  };
  static const char *const others[] = {
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "192.0.2.1", "198.19.0.1", "203.0.113.9", "224.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
    "2001::1", "100::1",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (public_ones); i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (public_ones[i]);

      g_test_message ("%s", public_ones[i]);
      g_assert_true (far_address_is_public (address));
      g_assert_true (far_address_allowed (FAR_ADDRESS_PUBLIC, address));
    }
  for (i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (others[i]);

      g_test_message ("%s", others[i]);
      g_assert_false (far_address_is_public (address));
      g_assert_true (far_address_allowed (FAR_ADDRESS_ANY, address));
      g_assert_cmpint (far_address_allowed (FAR_ADDRESS_PUBLIC_OR_LOOPBACK, address), ==,
                       g_inet_address_get_is_loopback (address));
    }
}

static void
test_urls (void)
{
  static const char *const good[] = {
    "https://example.com/hook", "https://example.com:8443/", "http://127.0.0.1:9/x",
    "http://[::1]:9/", "https://127.0.0.1/",
  };
  static const char *const bad[] = {
    "", "example.com", "ftp://example.com/", "http://example.com/", "http://localhost/",
    "https://10.0.0.1/", "https://169.254.169.254/latest", "https://u:p@example.com/",
    "http://192.168.0.1/", "file:///etc/passwd", "https:///x", "http://[fe80::1]/",
    "https://[::ffff:10.0.0.1]/",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      far_address_check_url (FAR_ADDRESS_PUBLIC_OR_LOOPBACK, good[i], &error);
      g_assert_no_error (error);
    }
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_false (far_address_check_url (FAR_ADDRESS_PUBLIC_OR_LOOPBACK, bad[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
  g_assert_false (far_address_check_url (FAR_ADDRESS_PUBLIC, "http://127.0.0.1/", NULL));
  g_assert_true (far_address_check_url (FAR_ADDRESS_ANY, "http://10.0.0.1/", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address-policy/addresses", test_addresses);
  g_test_add_func ("/address-policy/urls", test_urls);
  return g_test_run ();
}
