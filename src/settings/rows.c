/* SPDX-License-Identifier: MIT */
/* rows: the table of settings, in order of path. Names, ranges and defaults are those of the vendor's video
 * codecs (docs/wire-formats.md 5, 8), except where a secure-only agent must differ (docs/decisions.md). */
#include "rows.h"

#include "base/num.h"
#include "crypto/hmac.h"
#include "trust/allowed.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELD(f)                                                                                             \
	.field = _Generic(((struct settings *)0)->f, int: SETTINGS_ENUM, int64_t: SETTINGS_NUMBER,           \
			  char *: SETTINGS_TEXT_FIELD),                                                      \
	.offset = offsetof(struct settings, f), .size = sizeof((struct settings *)0)->f
#define STRIDE(f) .stride = sizeof((struct settings *)0)->f
#define TEXT(hi)                                                                                             \
	{                                                                                                    \
		.kind = SCHEMA_STRING, .max = (hi), .check = schema_check_text                               \
	}
#define CHECKED(hi, fn)                                                                                      \
	{                                                                                                    \
		.kind = SCHEMA_STRING, .max = (hi), .check = (fn)                                            \
	}
#define HOST(hi, fn)                                                                                         \
	{                                                                                                    \
		.kind = SCHEMA_STRING, .max = (hi), .check = (fn), .flags = SCHEMA_HOST                      \
	}
#define HIDDEN(hi, fn)                                                                                       \
	{                                                                                                    \
		.kind = SCHEMA_STRING, .max = (hi), .check = (fn), .flags = SCHEMA_SECRET                    \
	}
#define URL_PATH(hi)                                                                                         \
	{                                                                                                    \
		.kind = SCHEMA_STRING, .max = (hi), .check = check_path, .flags = SCHEMA_PATH                \
	}
#define OR(names, older)                                                                                     \
	{                                                                                                    \
		.kind = SCHEMA_LITERAL, .literals = (names), .also = (older)                                 \
	}

#define FACILITIES                                                                                           \
	"auth/authpriv/cron/daemon/ftp/local0/local1/local2/local3/local4/local5/local6/local7/lpr/mail/"    \
	"news/syslog/user/uucp"
#define VERIFY     "NetworkServices HTTPS VerifyServerCertificate"
#define NO_SERVER  "this agent listens on no network socket"
#define OS_GIVES   "the operating system sets the addresses of the device; this setting only shows them"
#define HTTPS_ONLY "this agent speaks HTTPS only: write HTTPS"

/* Returns 1 if the text consists of visible ASCII characters without blanks. */
static int is_visible(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

static int check_mac(const char *text, struct err *e)
{
	unsigned char mac[7];
	if (strlen(text) != 17 || num_unhex(text, mac, sizeof mac) != 6)
		return err_set(e, ERR_INPUT, 0, "expected a MAC address such as 00:50:60:02:EF:17");
	return 0;
}

static int check_key(const char *text, struct err *e)
{
	unsigned char key[1024];
	if (strncasecmp(text, "HEX:", 4) == 0) {
		int n = num_unhex(text + 4, key, sizeof key);
		explicit_bzero(key, sizeof key);
		if (n <= 0)
			return err_set(
				e, ERR_INPUT, 0,
				"expected pairs of hexadecimal digits behind HEX:, at most 1024 bytes");
	} else if (!is_visible(text)) {
		return err_set(e, ERR_INPUT, 0,
			       "expected visible ASCII characters without blanks, or HEX: and digits");
	}
	return 0;
}

static int check_webhook_secret(const char *text, struct err *e)
{
	struct hmac_key key;
	int r = *text ? hmac_key_parse(text, &key, e) : 0;
	explicit_bzero(&key, sizeof key);
	return r;
}

static int check_key_id(const char *text, struct err *e)
{
	int64_t id;
	return num_parse(text, 1, UINT32_MAX, &id, e);
}

static int check_manager_host(const char *text, struct err *e)
{
	if (strstr(text, "://"))
		return err_set(
			e, ERR_INPUT, 0,
			"expected the server's host name only: HTTPS is a matter of course, and the path "
			"is a setting of its own (Path)");
	return schema_check_host_port(text, e);
}

static int check_path(const char *text, struct err *e)
{
	if (strstr(text, "://") || !is_visible(text) || strpbrk(text, "#\"<>\\^`{|}"))
		return err_set(e, ERR_INPUT, 0,
			       "expected the path of a URL, without server, blanks and fragment");
	return 0;
}

/* Checks the syntax of a list of names. Whether each name is known is checked later, according to the row's
 * field `names`. */
static int check_setting_names(const char *text, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,/[] ";
	return text[strspn(text, allowed)] ? err_set(e, ERR_INPUT, 0,
						     "expected names of settings, and of commands behind "
						     "xCommand, with commas between")
					   : 0;
}

/* Accepts 127.0.0.1, too, which the vendor's guide uses for "no server". */
static int check_phonebook_url(const char *text, struct err *e)
{
	return strcmp(text, "127.0.0.1") == 0 ? 0 : schema_check_https_url(text, e);
}

static const struct settings_row rows[] = {
	{ "HttpFeedback Order", SCHEMA_LIT("Strict/Window"), "Strict", FIELD(feedback.order),
	  .help = "Strict: one post of a slot at a time. Window: several at once, for distant servers; the "
		  "server has to sort them by their Sealpost-Sequence." },
	{ "HttpFeedback Queue MaxAge", SCHEMA_INT(60, 31536000), "604800", FIELD(feedback.max_age_s),
	  .help = "Seconds for which an undelivered post is kept, for each slot." },
	{ "HttpFeedback Queue MaxBytes", SCHEMA_INT(65536, 4294967296), "67108864", FIELD(feedback.max_bytes),
	  .help = "Bytes of undelivered posts that are kept, for each slot; beyond that the oldest post is "
		  "dropped." },
	{ "HttpFeedback Queue MaxCount", SCHEMA_INT(1, 1000000), "100000", FIELD(feedback.max_count),
	  .help = "Undelivered posts that are kept, for each slot; beyond that the oldest is dropped." },
	{ "HttpFeedback Slot[1..4] Secret", HIDDEN(96, check_webhook_secret), "", FIELD(feedback.secret[0]),
	  STRIDE(feedback.secret[0]),
	  .help = "The key with which posts of this slot are signed, as Standard Webhooks describes: whsec_ "
		  "and base64. Empty: they are not signed." },
	{ "HttpFeedback TlsVerify", SCHEMA_LIT("Off/On"), "On", FIELD(feedback.tls_verify),
	  .inherits = VERIFY,
	  .help = "Whether feedback is sent only to servers whose certificate passes every check." },
	{ "HttpFeedback UseHttpProxy", SCHEMA_LIT("Off/On"), "Off", .refusal = "this agent uses no proxy",
	  .help = "Whether feedback goes through a proxy." },
	{ "HttpFeedback Window", SCHEMA_INT(1, 100), "16", FIELD(feedback.window),
	  .help = "With Order Window, how many posts of a slot may be under way, each on a connection of its "
		  "own." },

	{ "Logging Audit Facility", SCHEMA_LIT("Same/" FACILITIES), "Same", FIELD(logging.audit_facility),
	  .help = "The syslog facility of audit lines, which say what was changed and by whom; Same: that of "
		  "all others." },
	{ "Logging External Mode", SCHEMA_LIT("Off/On"), "Off", FIELD(logging.external.mode),
	  .help = "Whether log lines are sent to a log server, too: RFC 5424 over TLS (RFC 5425)." },
	{ "Logging External Protocol", SCHEMA_LIT("Syslog/SyslogTLS"), "SyslogTLS",
	  .refusal = "syslog over UDP or plain TCP can be read and forged on its way: write SyslogTLS",
	  .help = "How lines are sent to the log server." },
	{ "Logging External Queue MaxCount", SCHEMA_INT(100, 1000000), "20000",
	  FIELD(logging.external.max_count),
	  .help = "The most lines that wait on disk for the log server; beyond that the oldest is dropped "
		  "and counted." },
	{ "Logging External Server Address", HOST(255, schema_check_host), "",
	  FIELD(logging.external.address), .help = "The log server's host name." },
	{ "Logging External Server Port", SCHEMA_INT(1, 65535), "6514", FIELD(logging.external.port),
	  .help = "The log server's TCP port." },
	{ "Logging External TlsVerify", SCHEMA_LIT("Off/On"), "On", FIELD(logging.external.tls_verify),
	  .inherits = VERIFY,
	  .help = "Whether lines are sent only to a log server whose certificate passes every check." },
	{ "Logging Facility", SCHEMA_LIT(FACILITIES), "daemon", FIELD(logging.facility),
	  .help = "The syslog facility of every line." },
	{ "Logging Level", SCHEMA_LIT("Error/Warning/Notice/Info/Debug"), "Info", FIELD(logging.level),
	  .help = "The least important lines that are still logged." },

	{ "Network[1] DNS Domain Name", HOST(64, schema_check_host), "", FIELD(dns.domain),
	  .help = "The domain in which names without a dot are looked up." },
	{ "Network[1] DNS Server[1..3] Address", CHECKED(64, schema_check_address_port), "",
	  FIELD(dns.server[0]), STRIDE(dns.server[0]),
	  .help = "A name server's IP address, optionally with a port; a link-local one with its interface: "
		  "fe80::53%eth0. If none is set, the agent asks the servers that /etc/resolv.conf names, "
		  "also after the file has changed. If no server is named there either, it asks none, not "
		  "even 127.0.0.1." },

	{ "Network[1] IPv4 Address", CHECKED(64, schema_check_address), "", .refusal = OS_GIVES,
	  .help = "The device's address, as the operating system has it." },
	{ "Network[1] IPv4 Assignment", SCHEMA_LIT("DHCP/Static"), "DHCP", .refusal = OS_GIVES,
	  .help = "Whether that address is static or leased." },
	{ "Network[1] IPv4 Gateway", CHECKED(64, schema_check_address), "", .refusal = OS_GIVES,
	  .help = "Where the default route leads." },
	{ "Network[1] IPv4 SubnetMask", CHECKED(64, schema_check_address), "", .refusal = OS_GIVES,
	  .help = "The mask that belongs to the address." },

	{ "NetworkServices FTP Mode", SCHEMA_LIT("Off/On"), "Off",
	  .refusal = NO_SERVER " and has no FTP server", .help = "Whether files can be fetched by FTP." },
	{ "NetworkServices HTTP Mode", OR("HTTP+HTTPS/HTTPS/Off", "On=HTTP+HTTPS"), "Off",
	  .accepts = "HTTPS/Off", .refusal = NO_SERVER ", and sends nothing over plain HTTP",
	  .help = "Whether the device is reached by HTTP." },
	{ "NetworkServices HTTP Proxy Mode", SCHEMA_LIT("Manual/Off/PACUrl/WPAD"), "Off",
	  .refusal = "this agent uses no proxy", .help = "How a proxy for outgoing requests is found." },
	{ "NetworkServices HTTPS AnswerTimeout", SCHEMA_INT(1, 300), "30", FIELD(answer_timeout_s),
	  .help = "Seconds that a server may take for its answer once it has received a whole post. This "
		  "applies to the manager, feedback servers, and servers that documents are posted to. The "
		  "post itself may take any time while bytes are acknowledged. Searches of the phone book "
		  "have 5 seconds in all." },
	{ "NetworkServices HTTPS Listen[1..4] Address", CHECKED(64, schema_check_address), "",
	  FIELD(web.listen[0]), STRIDE(web.listen[0]),
	  .help = "An address of the device on which sealpost-web listens; while none is set, it listens on "
		  "all." },
	{ "NetworkServices HTTPS Mode", SCHEMA_LIT("Off/On"), "Off", FIELD(web.mode),
	  .help = "Whether the device is reached by HTTPS: its page, XML API and WebSocket, which the "
		  "program sealpost-web serves. This agent speaks HTTPS to servers in any case." },
	{ "NetworkServices HTTPS RateLimit Basic Queue", SCHEMA_INT(0, 1000), "30", FIELD(web.basic_queue),
	  .help = "The most requests with name and password that wait, for each client address; further ones "
		  "are answered with 503." },
	{ "NetworkServices HTTPS RateLimit Basic Rate", SCHEMA_INT(1, 10000), "1", FIELD(web.basic_rate),
	  .help = "Requests with name and password that are carried out in a second, for each address." },
	{ "NetworkServices HTTPS RateLimit Session Queue", SCHEMA_INT(0, 1000), "90",
	  FIELD(web.session_queue),
	  .help = "The most requests of one session that wait; further ones are answered with 503." },
	{ "NetworkServices HTTPS RateLimit Session Rate", SCHEMA_INT(1, 10000), "15", FIELD(web.session_rate),
	  .help = "Requests of one session that are carried out in a second." },
	{ "NetworkServices HTTPS Server MinimumTLSVersion", SCHEMA_LIT("TLSv1.2/TLSv1.3"), "TLSv1.2",
	  FIELD(web.minimum_tls), .help = "The lowest version of TLS by which the device is reached." },
	{ "NetworkServices HTTPS Server Port", SCHEMA_INT(1, 65535), "443", FIELD(web.port),
	  .help = "The port on which sealpost-web listens." },
	{ "NetworkServices HTTPS StrictTransportSecurity", SCHEMA_LIT("Off/On"), "Off",
	  FIELD(web.strict_transport),
	  .help = "Whether the device asks browsers to use only HTTPS for it in future (header "
		  "Strict-Transport-Security)." },
	{ "NetworkServices HTTPS VerifyClientCertificate", SCHEMA_LIT("Off/On"), "Off",
	  FIELD(web.verify_client),
	  .help = "Whether clients of the device must present a certificate that one of the uploaded roots "
		  "has issued, and that is not revoked according to Security Revocation Mode." },
	{ VERIFY, SCHEMA_LIT("Off/On"), "On", FIELD(verify_server_certificate),
	  .help = "Whether a server is trusted only when its certificate passes every check. This applies to "
		  "each service whose own TlsVerify is not set. With Off, any certificate is accepted, and "
		  "the log says what On would have refused." },
	{ "NetworkServices NTP MaxDistance", SCHEMA_INT(1, 86400), "3", FIELD(ntp.max_distance_s),
	  .help = "The most seconds by which a time server's time may be wrong, computed from its own "
		  "figures (half its root delay, its root dispersion) and half the round trip. A server that "
		  "may be wrong by more gives no date. Certificates need only days, so you may set minutes "
		  "for a server that is far from its own source, as Windows domain controllers are." },
	{ "NetworkServices NTP Mode", OR("Auto/Manual/Off", "On=Manual"), "Auto", FIELD(ntp.mode),
	  .help = "Where the trusted date comes from. Manual: from the servers below. Auto: from the servers "
		  "below, or, if none is set, from the kernel's clock while that is synchronised. Off: there "
		  "is no date, so nothing verified can be sent." },
	{ "NetworkServices NTP Server[1..3] Address", HOST(255, schema_check_host_port), "",
	  FIELD(ntp.server[0].address), STRIDE(ntp.server[0]),
	  .help = "A time server's name or address, optionally with a port. Once one of the servers has a "
		  "key or NTS, those without are not asked. A server that refuses to serve (kiss-o'-death "
		  "DENY or RSTR) is not asked for a day, one that answers RATE for 2 to 16 minutes. A date "
		  "that is already known keeps running. If the only server refuses, nothing verified is sent "
		  "after a start until a day has passed, another server is configured, or sealpostd is "
		  "restarted and the server answers." },
	{ "NetworkServices NTP Server[1..3] Key", HIDDEN(2045, check_key), "", FIELD(ntp.server[0].key),
	  STRIDE(ntp.server[0]),
	  .help = "The secret shared with the time server: characters, or HEX: and pairs of hexadecimal "
		  "digits." },
	{ "NetworkServices NTP Server[1..3] KeyAlgorithm", SCHEMA_LIT("None/SHA1/SHA256"), "None",
	  FIELD(ntp.server[0].algorithm), STRIDE(ntp.server[0]),
	  .help = "How the time server's answers are authenticated with the key." },
	{ "NetworkServices NTP Server[1..3] KeyId", CHECKED(10, check_key_id), "",
	  FIELD(ntp.server[0].key_id), STRIDE(ntp.server[0]),
	  .help = "The number by which the time server knows the key." },
	{ "NetworkServices NTP Server[1..3] NTS", SCHEMA_LIT("Off/On"), "Off", FIELD(ntp.server[0].nts),
	  STRIDE(ntp.server[0]),
	  .help = "Whether the time server's answers are authenticated with keys that it gives over TLS (RFC "
		  "8915). Its certificate is verified, whatever VerifyServerCertificate says, so Address "
		  "must be its host name. With NTS, Key is not used." },
	{ "NetworkServices NTP Server[1..3] NTSPort", SCHEMA_INT(1, 65535), "4460",
	  FIELD(ntp.server[0].nts_port), STRIDE(ntp.server[0]),
	  .help = "The TCP port at which keys are established for NTS." },
	{ "NetworkServices NTP Wait", SCHEMA_INT(1, 60), "6", FIELD(ntp.wait_s),
	  .help = "Seconds to wait for a time server's answer. Half the round trip counts towards "
		  "MaxDistance, so an answer that takes longer than twice MaxDistance gives no date." },
	{ "NetworkServices SNMP Mode", OR("Off/ReadOnly/ReadWrite", "On=ReadOnly"), "Off",
	  .refusal = NO_SERVER " and does not answer to SNMP",
	  .help = "Whether the device answers to SNMP." },
	{ "NetworkServices SSH Mode", SCHEMA_LIT("Off/On"), "On",
	  .help = "Accepted for the sake of scripts, without effect: the operating system starts and stops "
		  "SSH, not this agent." },
	{ "NetworkServices Telnet Mode", SCHEMA_LIT("Off/On"), "Off",
	  .refusal = NO_SERVER ", and Telnet is not secure",
	  .help = "Whether the device is reached by Telnet." },
	{ "NetworkServices Websocket", OR("FollowHTTPService/Off", "On=FollowHTTPService"),
	  "FollowHTTPService", FIELD(web.websocket),
	  .help = "Whether WebSocket is served where HTTPS is; the device's page needs it." },

	{ "Phonebook Server[1] Address", HOST(64, check_manager_host), "", FIELD(phonebook.address),
	  .help = "The phone book server's host name; 127.0.0.1 means none. Together with Path this is how "
		  "older systems set the URL; it is used only if URL is not set." },
	{ "Phonebook Server[1] ID", TEXT(64), "", FIELD(phonebook.id),
	  .help = "A name for the phone book server." },
	{ "Phonebook Server[1] Path", URL_PATH(180), "tms/public/external/phonebook/phonebookservice.asmx",
	  FIELD(phonebook.path), .help = "The path at that server, with or without a leading slash." },
	{ "Phonebook Server[1] Protocol", SCHEMA_LIT("HTTP/HTTPS"), "HTTPS", .refusal = HTTPS_ONLY,
	  .help = "The protocol for the phone book server." },
	{ "Phonebook Server[1] TlsVerify", SCHEMA_LIT("Off/On"), "On", FIELD(phonebook.tls_verify),
	  .inherits = VERIFY,
	  .help = "Whether the phone book is searched only if the server's certificate passes every check." },
	{ "Phonebook Server[1] Type", OR("Off/TMS", "On=TMS"), "Off", FIELD(phonebook.type),
	  .help = "The kind of phone book server, if there is one." },
	{ "Phonebook Server[1] URL", HOST(255, check_phonebook_url), "", FIELD(phonebook.url),
	  .help = "The phone book server's https URL; 127.0.0.1 means none." },

	{ "Provisioning ExternalManager Address", HOST(64, check_manager_host), "",
	  FIELD(provisioning.address),
	  .help = "The management server's host name, optionally with a port; 127.0.0.1 means none." },
	{ "Provisioning ExternalManager AlternateAddress", HOST(64, check_manager_host), "",
	  FIELD(provisioning.alternate_address),
	  .help = "The host name of the server that is used when the first one does not answer." },
	{ "Provisioning ExternalManager ConfirmWithin", SCHEMA_INT(0, 60), "0",
	  FIELD(provisioning.confirm_within_min),
	  .help = "Minutes for the manager to confirm settings that it has set and that can cut off a "
		  "server, by accepting an event of the device. Settings that are not confirmed are taken "
		  "back, and the manager can set such settings only once an hour. 0: they need no "
		  "confirmation." },
	{ "Provisioning ExternalManager Domain", CHECKED(64, schema_check_text), "",
	  FIELD(provisioning.domain), .help = "The provisioning domain, for managers that want one." },
	{ "Provisioning ExternalManager Guarded", CHECKED(1024, check_setting_names), "",
	  FIELD(provisioning.guarded), .names = SETTINGS_NAMES,
	  .help = "Settings and commands that the manager may not use, in addition to those guarded by "
		  "default: the first words of their names, commands with xCommand in front, separated by "
		  "commas. This setting, MayWeaken and Released are always guarded." },
	{ "Provisioning ExternalManager MayWeaken", SCHEMA_LIT("Off/On"), "Off",
	  FIELD(provisioning.may_weaken),
	  .help = "Whether the manager may make the verification of certificates weaker; it may always make "
		  "it stronger." },
	{ "Provisioning ExternalManager Path", URL_PATH(255),
	  "tms/public/external/management/SystemManagementService.asmx", FIELD(provisioning.path),
	  .help = "The path at the management server, with or without a leading slash." },
	{ "Provisioning ExternalManager Protocol", SCHEMA_LIT("HTTP/HTTPS"), "HTTPS", .refusal = HTTPS_ONLY,
	  .help = "The protocol for the management server." },
	{ "Provisioning ExternalManager Released", CHECKED(1024, check_setting_names), "",
	  FIELD(provisioning.released), .names = SETTINGS_NAMES_GUARDED_BY_DEFAULT,
	  .help = "Settings and commands that are guarded by default and that the manager may use all the "
		  "same; written as in Guarded." },
	{ "Provisioning ExternalServices Address", HOST(64, check_manager_host), "",
	  .help = "Accepted for the sake of scripts, without effect: the agent does not use services of "
		  "other makers." },
	{ "Provisioning ExternalServices Mode", SCHEMA_LIT("Off/On"), "Off",
	  .refusal = NO_SERVER ", and offers no services",
	  .help = "Whether services of other makers are offered on the device." },
	{ "Provisioning ExternalServices Path", URL_PATH(255), "",
	  .help = "Accepted for the sake of scripts, without effect, like Address." },
	{ "Provisioning ExternalServices Protocol", SCHEMA_LIT("HTTP/HTTPS"), "HTTPS", .refusal = HTTPS_ONLY,
	  .help = "The protocol for such services." },
	{ "Provisioning LoginName", TEXT(80), "", FIELD(provisioning.login_name),
	  .help = "The user name for a management server that asks for one." },
	{ "Provisioning Mode", OR("Auto/Off/TMS", "On=TMS"), "Auto", FIELD(provisioning.mode),
	  .help = "Whether the device is managed: Auto and TMS register with the external manager whenever "
		  "its address is set." },
	{ "Provisioning Password", HIDDEN(64, schema_check_text), "", FIELD(provisioning.password),
	  .help = "The password that belongs to the user name." },
	{ "Provisioning TlsVerify", SCHEMA_LIT("Off/On"), "On", FIELD(provisioning.tls_verify),
	  .inherits = VERIFY,
	  .help = "Whether the management server is trusted only when its certificate passes every check." },

	{ "Security Revocation Mode", SCHEMA_LIT("Off/Soft/Hard"), "Off", FIELD(verification.revocation),
	  .help = "Whether revocation lists are used. Soft: a certificate that a loaded list names is "
		  "refused. Hard: it is also refused when a list is missing or out of date." },
	{ "Security Session FailedLoginsLockoutTime", SCHEMA_INT(0, 10000), "60", FIELD(sessions.lockout_min),
	  .help = "Minutes for which a name is locked after MaxFailedLogins failed log-ins; 0: it is not "
		  "locked. Open sessions and the device's own terminal are not affected." },
	{ "Security Session InactivityTimeout", SCHEMA_INT(0, 10000), "0", FIELD(inactivity_min),
	  .help = "Minutes without input after which a session of the terminal is closed; 0: never. Sessions "
		  "through which software of the device publishes are not closed." },
	{ "Security Session MaxFailedLogins", SCHEMA_INT(0, 10), "0", FIELD(sessions.max_failed),
	  .help = "The number of failed log-ins in a row after which a name is locked for "
		  "FailedLoginsLockoutTime; 0: never." },
	{ "Security Session MaxSessionsPerUser", SCHEMA_INT(1, 200), "20", FIELD(sessions.max_per_user),
	  .help = "The most sessions that one user may have from the network." },
	{ "Security Session MaxTotalSessions", SCHEMA_INT(1, 200), "20", FIELD(sessions.max_total),
	  .help = "The most sessions that all users together may have from the network." },
	{ "Security Trust Service[1..8] Name", SCHEMA_LIT(SETTINGS_TRUST_NAMES), "None",
	  FIELD(trust[0].service), STRIDE(trust[0]),
	  .help = "The service whose servers are trusted by the Roots of this item alone; HttpFeedback is "
		  "all four slots. A service that several items name trusts what all of them allow." },
	{ "Security Trust Service[1..8] Roots", CHECKED(1024, allowed_check_list), "", FIELD(trust[0].roots),
	  STRIDE(trust[0]),
	  .help = "Fingerprints (SHA-256) or names (CA Add Name) of roots, with commas between, or Pins: no "
		  "root; at most 32. "
		  "Empty: all. Where none of them is loaded the service trusts nobody. A pin counts for its "
		  "host in any case." },
	{ "Security Verification CommonName", SCHEMA_LIT("Off/On"), "On", FIELD(verification.common_name),
	  .help = "Whether the common name of a certificate without alternative names may be the host "
		  "name." },
	{ "Security Verification Profile", SCHEMA_LIT("Guide/Strict"), "Guide", FIELD(verification.profile),
	  .help = "The rules for certificates. Guide: those of the vendor's deployment guide. Strict: all of "
		  "RFC 5280 and 9525." },

	{ "SystemUnit Identification IPAddress", CHECKED(45, schema_check_address), "",
	  FIELD(identity.ip_address),
	  .help = "The IP address that the device reports to servers. Empty: the source address of packets "
		  "to the manager, or else of the default route (docs/network.md)." },
	{ "SystemUnit Identification MACAddress", CHECKED(17, check_mac), "", FIELD(identity.mac_address),
	  .help = "The MAC address that the device reports to servers. Empty: that of one interface, the "
		  "same after each restart (docs/network.md)." },
	{ "SystemUnit Identification ProductID", TEXT(60), "", FIELD(identity.product_id),
	  .help = "The model, as servers see it." },
	{ "SystemUnit Identification ProductType", TEXT(60), "", FIELD(identity.product_type),
	  .help = "The kind of device, as servers see it." },
	{ "SystemUnit Identification SerialNumber", TEXT(60), "", FIELD(identity.serial_number),
	  .help = "The serial number; empty: the board's, or else the system's machine id "
		  "(docs/network.md)." },
	{ "SystemUnit Identification SoftwareVersion", TEXT(60), "", FIELD(identity.software_version),
	  .help = "The software version, as servers see it." },
	{ "SystemUnit Name", TEXT(50), "", FIELD(system_name),
	  .help = "The device's name; empty: the host's name." },
	{ "SystemUnit Password", HIDDEN(64, schema_check_text), "",
	  .refusal = "a setting would keep it readable; typed at the terminal it is kept as a hash, as "
		     "xCommand SystemUnit AdminPassword "
		     "Set does",
	  .hashed = 1,
	  .help = "The administrator's password. If it is typed at the terminal, only a hash is stored, and "
		  "the password is shown nowhere. It cannot be set in a session from the network." },
	{ "SystemUnit StrictPassword", SCHEMA_LIT("Off/On"), "Off", FIELD(strict_password),
	  .help = "On: the administrator's password has at least 15 characters. Accounts of the operating "
		  "system have rules of their "
		  "own." },
	{ "Time Zone", TEXT(64), "Etc/UTC",
	  .help = "The time zone of answers to xCommand Time DateTime Get, by its name in the system's zone "
		  "database (Europe/Oslo); a name that is not in it counts as UTC. All other times are in "
		  "UTC." },
};
_Static_assert(sizeof rows / sizeof *rows <= ROWS_MAX, "more rows than values");

const struct settings_row *settings_rows(size_t *ret_n)
{
	*ret_n = sizeof rows / sizeof *rows;
	return rows;
}
