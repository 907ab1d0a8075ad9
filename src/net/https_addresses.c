/* SPDX-License-Identifier: MIT */
/* https_addresses: chooses the host's addresses for connections, and records which of them work. */
#include "https_internal.h"
#include "net/address_order.h"

#include <stdio.h>

/* Writes libcurl's text for the addresses: "host:port:address,address". */
static void write_list(const struct https_endpoint *p, char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, "%s:%d:", p->url.host, p->url.port);
	for (size_t i = 0; i < p->found.n; i++) {
		char address[DNS_ADDRESS_TEXT];
		int is_v6 = p->found.addresses[i].family == AF_INET6;
		dns_address_text(&p->found.addresses[i], address, sizeof address);
		len += (size_t)snprintf(text + len, size - len, "%s%s%s%s", i > 0 ? "," : "",
					is_v6 ? "[" : "", address, is_v6 ? "]" : "");
	}
}

static void set(struct https_endpoint *p)
{
	char text[DNS_NAME_MAX + 32 + DNS_ADDRESSES_MAX * (DNS_ADDRESS_TEXT + 3)];
	curl_slist_free_all(p->resolve);
	p->resolve = NULL;
	snprintf(text, sizeof text, "-%s:%d", p->url.host, p->url.port);
	https_setup_append(&p->resolve, text);
	if (p->found.n) {
		write_list(p, text, sizeof text);
		https_setup_append(&p->resolve, text);
	}
	curl_easy_setopt(p->easy, CURLOPT_RESOLVE, p->resolve);
}

void https_addresses_use(struct https_endpoint *p, const struct dns_answer *a)
{
	p->found = *a;
	address_order_apply(dns_orders(p->https->o.dns), p->url.host, p->url.port, &p->found);
	set(p);
}

void https_addresses_forget(struct https_endpoint *p)
{
	p->found.n = 0;
	set(p);
}

void https_addresses_text(const struct https_endpoint *p, char *ret, size_t size)
{
	size_t len = 0;
	char *address = NULL;
	ret[0] = '\0';
	curl_easy_getinfo(p->easy, CURLINFO_PRIMARY_IP, &address);
	if (address && *address) {
		snprintf(ret, size, "%s", address);
		return;
	}
	for (size_t i = 0; i < p->found.n && len < size; i++) {
		char one[DNS_ADDRESS_TEXT];
		dns_address_text(&p->found.addresses[i], one, sizeof one);
		len += (size_t)snprintf(ret + len, size - len, "%s%s", i > 0 ? "," : "", one);
	}
}

/* Gets the address of the connection in use. Returns 0 or -1. */
static int used(const struct https_endpoint *p, struct dns_address *ret)
{
	char *text = NULL;
	curl_easy_getinfo(p->easy, CURLINFO_PRIMARY_IP, &text);
	return text && dns_is_address(text, ret) ? 0 : -1;
}

/* Records the addresses that were tried before the one in use as failed, since they did not answer, or not in
 * time. Addresses that were tried after it were given up when it was connected, so nothing is known about
 * them. */
static void passed_over(struct https_endpoint *p, const struct dns_address *in_use)
{
	const struct https_transfer *t = &p->transfer;
	for (size_t i = 0; i < t->n_tried && !(in_use && dns_address_equal(&t->tried[i], in_use)); i++)
		address_order_failed(dns_orders(p->https->o.dns), p->url.host, p->url.port, &t->tried[i]);
}

void https_addresses_worked(struct https_endpoint *p)
{
	struct dns_address good;
	if (p->url.is_address || !p->transfer.n_tried || used(p, &good) < 0)
		return;
	passed_over(p, &good);
	address_order_worked(dns_orders(p->https->o.dns), p->url.host, p->url.port, &good);
}

int https_addresses_has_several(const struct https_endpoint *p)
{
	struct dns_answer a;
	return !p->url.is_address && dns_last(p->https->o.dns, p->url.host, &a) == 0 && a.n > 1;
}

int https_addresses_failed(struct https_endpoint *p)
{
	struct dns *dns = p->https->o.dns;
	struct dns_answer next = p->found;
	struct dns_address bad;
	if (p->url.is_address)
		return 0;
	int was_connected = https_transfer_handshake_begun(&p->transfer) || !p->transfer.n_tried;
	if (was_connected && used(p, &bad) == 0) {
		passed_over(p, &bad);
		address_order_failed(dns_orders(dns), p->url.host, p->url.port, &bad);
	} else {
		passed_over(p, NULL);
	}
	if (p->call.state != HTTPS_SENT && p->call.state != HTTPS_SENT_ON_KEPT)
		dns_distrust(dns, p->url.host);
	return next.n > 0 && address_order_apply(dns_orders(dns), p->url.host, p->url.port, &next);
}
