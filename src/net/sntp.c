/* SPDX-License-Identifier: MIT */
#include "net/sntp.h"

#include "base/num.h"
#include "sntp_mac.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum {
	HEADER = 48,
	KEY_ID = 4,
	DIGEST_CUT = 20,
	MODE_CLIENT = 3,
	MODE_SERVER = 4,
	VERSION = 4,
	STRATUM_MAX = 15,
	LEAP_UNSYNCHRONISED = 3,
	DISTANCE_MAX_US = 3000000,
	SECOND_US = 1000000,
};
/* Offsets in the header, RFC 5905 section 7.3. */
enum {
	AT_STRATUM = 1,
	AT_PRECISION = 3,
	AT_ROOT_DELAY = 4,
	AT_ROOT_DISPERSION = 8,
	AT_REFERENCE_ID = 12,
	AT_ORIGINATE = 24,
	AT_RECEIVE = 32,
	AT_TRANSMIT = 40,
};
static const int64_t ERA_0_UNIX = -2208988800; /* 1900-01-01 */

/* --- numbers in packets --- */

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get64(const unsigned char *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static void put64(unsigned char *p, uint64_t v)
{
	put32(p, (uint32_t)(v >> 32));
	put32(p + 4, (uint32_t)v);
}

/* Converts a timestamp of 32.32 bits since 1900 or 2036 (RFC 4330 section 3) to microseconds since 1970. */
static int64_t timestamp_unix_us(uint64_t stamp)
{
	int64_t seconds = (int64_t)(stamp >> 32);
	if (seconds < (int64_t)1 << 31)
		seconds += (int64_t)1 << 32;
	return (ERA_0_UNIX + seconds) * SECOND_US + (int64_t)((stamp & 0xffffffffU) * SECOND_US >> 32);
}

/* Converts 16.16 bits of seconds to microseconds. */
static int64_t short_us(const unsigned char *p)
{
	return (int64_t)((uint64_t)get32(p) * SECOND_US >> 16);
}

/* --- keys --- */

int sntp_key_parse(const char *text, enum sntp_algorithm algorithm, const char *id, struct sntp_key *ret,
		   struct err *e)
{
	int64_t number;
	if (num_parse(id, 1, UINT32_MAX, &number, e) < 0)
		return err_prefix(e, "key ID");
	int is_hex = strncasecmp(text, "HEX:", 4) == 0; /* case does not matter, as in the setting */
	const char *secret = text + (is_hex ? 4 : strncmp(text, "ASCII:", 6) == 0 ? 6 : 0);
	size_t len = strlen(secret);
	if (!len)
		return err_set(e, ERR_INPUT, 0, "the key is empty");
	struct sntp_key key = { .algorithm = algorithm, .id = (uint32_t)number };
	int failed = 0, n = is_hex ? num_unhex(secret, key.secret, sizeof key.secret) : 0;
	if (is_hex && n > 0) {
		key.len = (size_t)n;
	} else if (is_hex) {
		failed = err_set(e, ERR_INPUT, 0, "the key is not hexadecimal digits in pairs after HEX:");
	} else if (len > sizeof key.secret) {
		failed = err_set(e, ERR_INPUT, 0, "the key is longer than %zu characters", sizeof key.secret);
	} else {
		memcpy(key.secret, secret, len);
		key.len = len;
	}
	if (!failed)
		*ret = key;
	explicit_bzero(&key, sizeof key);
	return failed;
}

static int has_key(const struct sntp_key *key)
{
	return key && key->algorithm != SNTP_KEY_NONE;
}

/* --- packets --- */

size_t sntp_build(const struct sntp_key *key, uint64_t transmit, unsigned char packet[SNTP_PACKET_MAX])
{
	/* all other fields are zero: servers do not need them, and nothing about this device is revealed */
	memset(packet, 0, SNTP_PACKET_MAX);
	packet[0] = VERSION << 3 | MODE_CLIENT;
	put64(packet + AT_TRANSMIT, transmit);
	if (!has_key(key))
		return HEADER;
	unsigned char digest[SNTP_DIGEST_MAX];
	sntp_mac(key, packet, HEADER, digest);
	put32(packet + HEADER, key->id);
	memcpy(packet + HEADER + KEY_ID, digest, DIGEST_CUT);
	return HEADER + KEY_ID + DIGEST_CUT;
}

static int check_key(const unsigned char *packet, size_t len, const struct sntp_key *key, struct err *e)
{
	size_t extra = len - HEADER;
	if (!has_key(key))
		return !extra ? 0
			      : err_set(e, ERR_PROTOCOL, 0, "%zu bytes after the header, none expected",
					extra);
	if (!extra)
		return err_set(e, ERR_PROTOCOL, 0, "no key in it, %" PRIu32 " expected", key->id);
	if (extra == KEY_ID) /* a crypto-NAK */
		return err_set(e, ERR_PROTOCOL, 0,
			       "the server does not know key %" PRIu32
			       ", or that key has another value there",
			       key->id);
	unsigned char digest[SNTP_DIGEST_MAX];
	size_t full = sntp_mac(key, packet, HEADER, digest), sent = extra - KEY_ID;
	if (sent != DIGEST_CUT && sent != full)
		return err_set(e, ERR_PROTOCOL, 0, "a digest of %zu bytes, %d expected", sent, DIGEST_CUT);
	uint32_t id = get32(packet + HEADER);
	if (id != key->id)
		return err_set(e, ERR_PROTOCOL, 0, "key %" PRIu32 " in it, %" PRIu32 " expected", id,
			       key->id);
	if (!sntp_mac_is_equal(digest, packet + HEADER + KEY_ID, sent))
		return err_set(e, ERR_PROTOCOL, 0, "its digest is not what key %" PRIu32 " gives", key->id);
	return 0;
}

/* Writes the code of a server that gives no time (stratum 0) as text; "" if it is not valid. */
static void kiss_code(const unsigned char *packet, char ret[5])
{
	memset(ret, 0, 5);
	memcpy(ret, packet + AT_REFERENCE_ID, 4);
	for (size_t i = 0; i < 4; i++)
		if (!((ret[i] >= 'A' && ret[i] <= 'Z') || (ret[i] >= '0' && ret[i] <= '9') || (!ret[i] && i)))
			ret[0] = '\0';
}

/* Checks an answer with NTS. Everything is authenticated except a NAK: a server that does not know the cookie
 * has no key. */
static int check_nts(const unsigned char *packet, size_t len, const struct sntp_exchange *x,
		     struct sntp_answer *ret, struct err *e)
{
	char code[5];
	kiss_code(packet, code);
	if (packet[AT_STRATUM] == 0 && strcmp(code, "NTSN") == 0 && nts_is_for(packet, len, HEADER, x->nts)) {
		ret->kiss = SNTP_KISS_NTS_NAK;
		return err_set(e, ERR_PROTOCOL, 0,
			       "the server does not know the keys any more (NTS NAK), or somebody on the way "
			       "says so");
	}
	return nts_answer(packet, len, HEADER, x->nts, &ret->cookies, e);
}

/* Checks that the packet is the answer to the request that was sent. */
static int check_match(const unsigned char *packet, size_t len, const struct sntp_exchange *x,
		       struct sntp_answer *ret, struct err *e)
{
	size_t most = x->nts ? SNTP_RECEIVED_MAX : SNTP_PACKET_MAX;
	if (len < HEADER || (len > HEADER && len < HEADER + KEY_ID) || len > most)
		return err_set(e, ERR_PROTOCOL, 0, "%zu bytes are no time packet", len);
	int version = packet[0] >> 3 & 7, mode = packet[0] & 7;
	if (version != VERSION && version != VERSION - 1)
		return err_set(e, ERR_PROTOCOL, 0, "NTP version %d", version);
	if (mode != MODE_SERVER)
		return err_set(e, ERR_PROTOCOL, 0, "mode %d, %d (server) expected", mode, MODE_SERVER);
	if (get64(packet + AT_ORIGINATE) != x->transmit)
		return err_set(e, ERR_PROTOCOL, 0, "its originate timestamp is not what was sent");
	return x->nts ? check_nts(packet, len, x, ret, e) : check_key(packet, len, x->key, e);
}

static int read_kiss(const unsigned char *packet, struct sntp_answer *ret, struct err *e)
{
	char code[5];
	kiss_code(packet, code);
	if (strcmp(code, "DENY") == 0 || strcmp(code, "RSTR") == 0) {
		ret->kiss = SNTP_KISS_DENY;
		return err_set(e, ERR_DATE, 0, "the server refuses to serve this device (kiss-o'-death %s)",
			       code);
	}
	if (strcmp(code, "RATE") == 0) {
		ret->kiss = SNTP_KISS_RATE;
		return err_set(e, ERR_DATE, 0, "the server is asked too often (kiss-o'-death RATE)");
	}
	if (strcmp(code, "INIT") == 0)
		return err_set(e, ERR_DATE, 0, "the server has no time yet: it was just started (INIT)");
	if (strcmp(code, "STEP") == 0)
		return err_set(e, ERR_DATE, 0, "the server has no time yet: its clock was just set (STEP)");
	return err_set(e, ERR_DATE, 0, "the server has no time now (%s%s)",
		       code[0] ? "kiss code " : "stratum 0", code);
}

/* Returns the tick of the server's clock: the field is a power of 2 in seconds. Windows sends -6, which is
 * 15.6 ms. A tick above 62.5 ms is probably a field that was not filled in, and counts as 1 ms. */
static int64_t tick_us(const unsigned char *packet)
{
	int power = packet[AT_PRECISION] < 128 ? packet[AT_PRECISION] : packet[AT_PRECISION] - 256;
	return power >= -10 && power <= -4 ? SECOND_US >> -power : 1000;
}

/* Checks that the server sent its answer after it had received the request, and not after the answer arrived.
 * This device's clock counts milliseconds. */
static int check_held(int64_t held_us, int64_t elapsed_us, int64_t tolerance_us, struct err *e)
{
	if (held_us < -tolerance_us)
		return err_set(e, ERR_DATE, 0,
			       "by its own clock the server answered %" PRId64 ".%03" PRId64
			       " s before it was asked",
			       -held_us / SECOND_US, -held_us % SECOND_US / 1000);
	if (held_us > elapsed_us + tolerance_us)
		return err_set(e, ERR_DATE, 0,
			       "the server says that it took %" PRId64 ".%03" PRId64
			       " s to answer, and the answer was "
			       "here after %" PRId64 ".%03" PRId64 " s",
			       held_us / SECOND_US, held_us % SECOND_US / 1000, elapsed_us / SECOND_US,
			       elapsed_us % SECOND_US / 1000);
	return 0;
}

static int check_distance(int64_t distance_us, int64_t most_us, struct err *e)
{
	if (distance_us < most_us)
		return 0;
	return err_set(e, ERR_DATE, 0,
		       "the server's time may be wrong by %" PRId64 ".%" PRId64
		       " s (half the way there and back, half its root "
		       "delay, and its dispersion); less than %" PRId64
		       " s is allowed (NetworkServices NTP MaxDistance)",
		       distance_us / SECOND_US, distance_us % SECOND_US / 100000, most_us / SECOND_US);
}

/* Checks that the answer can be used, and reads the time. */
static int read_time(const unsigned char *packet, const struct sntp_exchange *x, struct sntp_answer *ret,
		     struct err *e)
{
	if (ret->stratum == 0)
		return read_kiss(packet, ret, e);
	int leap = packet[0] >> 6;
	if (ret->stratum > STRATUM_MAX || leap == LEAP_UNSYNCHRONISED)
		return err_set(e, ERR_DATE, 0,
			       "the server has no time itself: it is not synchronised (stratum %d, leap "
			       "indicator %d)",
			       ret->stratum, leap);
	uint64_t receive = get64(packet + AT_RECEIVE), transmit = get64(packet + AT_TRANSMIT);
	if (!transmit || !receive)
		return err_set(e, ERR_DATE, 0, "the server's answer holds no time (its %s timestamp is zero)",
			       transmit ? "receive" : "transmit");
	int64_t held_us = timestamp_unix_us(transmit) - timestamp_unix_us(receive);
	int64_t elapsed_us = (x->received_ms - x->sent_ms) * 1000;
	if (check_held(held_us, elapsed_us, tick_us(packet), e) < 0)
		return -1;
	int64_t trip_us = elapsed_us - (held_us > 0 ? held_us : 0),
		half_trip_us = trip_us > 0 ? trip_us / 2 : 0;
	ret->sample.unix_us = timestamp_unix_us(transmit) + half_trip_us;
	ret->sample.distance_us = half_trip_us + tick_us(packet) + short_us(packet + AT_ROOT_DELAY) / 2 +
				  short_us(packet + AT_ROOT_DISPERSION);
	return check_distance(ret->sample.distance_us,
			      x->max_distance_us ? x->max_distance_us : DISTANCE_MAX_US, e);
}

int sntp_read(const unsigned char *packet, size_t len, const struct sntp_exchange *x, struct sntp_answer *ret,
	      struct err *e)
{
	*ret = (struct sntp_answer){ .sample.mono_ms = x->received_ms };
	if (check_match(packet, len, x, ret, e) < 0)
		return -1;
	ret->stratum = packet[AT_STRATUM];
	return read_time(packet, x, ret, e);
}
