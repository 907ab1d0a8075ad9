/* SPDX-License-Identifier: MIT */
#include "published.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The maximum number of names that are not in the table and are remembered as lists, with those above
 * them. */
enum { LEARNED_MAX = 1000 };

/* The leaves directly below one path, by the type of their values: words of a fixed set, numbers, texts. [n]
 * after a name in the path means that it is a list. */
struct row {
	const char *place, *words, *numbers, *texts;
};

/* The paths that publicly available programs for video codecs read, with types from the API guides of these
 * codecs. */
static const struct row rows[] = {
	{ "Audio", "SelectedDevice VolumeMute", "Volume", NULL },
	{ "Audio Input Connectors HDMI[n]", "ConnectionStatus Mute", NULL, NULL },
	{ "Audio Input Connectors Line[n]", "ConnectionStatus Mute", NULL, NULL },
	{ "Audio Input Connectors Microphone[n]", "ConnectionStatus EcReferenceDelay Mute", NULL, NULL },
	{ "Audio Microphones", "MusicMode Mute", NULL, NULL },
	{ "Audio Output Connectors HDMI[n]", "ConnectionStatus Mode", "DelayMs", NULL },
	{ "Audio Output Connectors Line[n]", "ConnectionStatus Mode", "DelayMs", NULL },
	{ "Audio Ultrasound", NULL, "Volume", NULL },
	{ "Bookings Availability", "Status", NULL, "TimeStamp" },
	{ "Bookings Current", NULL, NULL, "Id" },
	{ "Call[n]",
	  "AnswerState CallPriority CallType DeviceType Direction HoldReason Ice PlacedOnHold Status",
	  "Duration FacilityServiceId ReceiveCallRate TransmitCallRate",
	  "AttendedTransferFrom CallbackNumber DisplayName Protocol RemoteNumber RemoteURI" },
	{ "Call[n] Encryption", NULL, NULL, "Type" },
	{ "Cameras Camera[n]", "Connected Flip LightingConditions", "DetectedConnector Framerate",
	  "HardwareID IpAddress MacAddress Manufacturer Model SerialNumber SoftwareID" },
	{ "Cameras Camera[n] Capabilities", NULL, NULL, "Options" },
	{ "Cameras Camera[n] Position", NULL, "Focus Pan Tilt Zoom", NULL },
	{ "Cameras PresenterTrack", "Availability PresenterDetected Status", NULL, NULL },
	{ "Cameras SpeakerTrack", "Availability State Status", NULL, NULL },
	{ "Capabilities Conference", NULL, "MaxActiveCalls MaxAudioCalls MaxCalls MaxVideoCalls", NULL },
	{ "Conference ActiveSpeaker", NULL, "CallId", NULL },
	{ "Conference Call[n]", "AuthenticationRequest BookingId", NULL, "Manufacturer SoftwareID" },
	{ "Conference Call[n] Capabilities FarEndMessage", "Mode", NULL, NULL },
	{ "Conference Call[n] Capabilities Presentation", "Supported", NULL, NULL },
	{ "Conference", "DoNotDisturb", NULL, NULL },
	{ "Conference DoNotDisturb", "Status", NULL, NULL },
	{ "Conference Line[n]", "CallForwardMode Mode", NULL, "URI" },
	{ "Conference Multipoint", "Mode", NULL, NULL },
	{ "Conference Presentation", "Mode", "CallId", NULL },
	{ "Conference Presentation LocalInstance[n]", "SendingMode", "Source", NULL },
	{ "Conference SpeakerLock", "Mode", "CallId", NULL },
	{ "Diagnostics Message[n]", "Level Type", NULL, "Description References" },
	{ "GPIO Pin[n]", "State", NULL, NULL },
	{ "H323 Gatekeeper", "Status", "Port", "Address Reason" },
	{ "H323 Mode", "Reason Status", NULL, NULL },
	{ "MediaChannels Call[n] Channel[n]", "Direction Type", NULL, NULL },
	{ "MediaChannels Call[n] Channel[n] Audio", "ChannelRole Mute", "Channels", "Protocol" },
	{ "MediaChannels Call[n] Channel[n] Encryption", "Status", NULL, "Protocol" },
	{ "MediaChannels Call[n] Channel[n] Netstat", NULL,
	  "Bytes ChannelRate Jitter LastIntervalLost Loss MaxJitter Packets", NULL },
	{ "MediaChannels Call[n] Channel[n] Video", "ChannelRole", "FrameRate ResolutionX ResolutionY",
	  "Protocol" },
	{ "Network[n] CDP", NULL, NULL,
	  "Address Capabilities DeviceId Duplex Platform PortID VTPMgmtDomain Version" },
	{ "Network[n] DNS Domain", NULL, NULL, "Name" },
	{ "Network[n] DNS Server[n]", NULL, NULL, "Address" },
	{ "Network[n] Ethernet", NULL, NULL, "MacAddress Speed" },
	{ "Network[n] IPv4", NULL, NULL, "Address Gateway SubnetMask" },
	{ "Network[n] IPv6", NULL, NULL, "Address Gateway" },
	{ "NetworkServices NTP Server[n]", NULL, NULL, "Address" },
	{ "NetworkServices UPNP", "Mode", NULL, NULL },
	{ "Peripherals ConnectedDevice[n]", "Status Type", NULL,
	  "HardwareInfo ID Name NetworkAddress SerialNumber SoftwareInfo UpgradeStatus" },
	{ "Phonebook Server[n]", "Status", NULL, "URL" },
	{ "Proximity Services", "Availability", NULL, NULL },
	{ "RoomAnalytics", "PeoplePresence", NULL, NULL },
	{ "RoomAnalytics AmbientNoise Level", NULL, "A", NULL },
	{ "RoomAnalytics Engagement", "CloseProximity", NULL, NULL },
	{ "RoomAnalytics PeopleCount", NULL, "Capacity Current", NULL },
	{ "RoomAnalytics Sound Level", NULL, "A", NULL },
	{ "RoomPreset[n]", "Defined Type", NULL, "Description" },
	{ "SIP", "Secure Verified", NULL, NULL },
	{ "SIP AlternateURI Alias[n]", NULL, NULL, "URI" },
	{ "SIP AlternateURI Primary", NULL, NULL, "URI" },
	{ "SIP CallForward", "Mode", NULL, "DisplayName URI" },
	{ "SIP Mailbox", NULL, "MessagesWaiting", "URI" },
	{ "SIP Profile[n] Registration[n]", "Status", NULL, "Cause URI" },
	{ "SIP Proxy[n]", "Status", NULL, "Address" },
	{ "SIP Registration[n]", "Status", NULL, "Reason URI" },
	{ "Standby", "Active State", NULL, NULL },
	{ "SystemUnit", NULL, "Uptime", "BroadcastName ContactInfo ProductId ProductPlatform ProductType" },
	{ "SystemUnit Hardware", "HasWifi MonitoringSoftware", NULL, "UDI" },
	{ "SystemUnit Hardware Module", NULL, NULL, "CompatibilityLevel Identifier SerialNumber" },
	{ "SystemUnit Notifications Notification[n]", "Type", NULL, "Text" },
	{ "SystemUnit Software", NULL, NULL, "DisplayName Name ReleaseDate Version" },
	{ "SystemUnit Software OptionKeys", "DeveloperPreview Encryption MultiSite RemoteMonitoring", NULL,
	  NULL },
	{ "SystemUnit State", "CameraLid Subsystem System",
	  "MaxNumberOfActiveCalls MaxNumberOfCalls NumberOfActiveCalls "
	  "NumberOfInProgressCalls NumberOfSuspendedCalls TotalNumberOfCalls",
	  NULL },
	{ "UserInterface ContactInfo", NULL, NULL, "Name" },
	{ "UserInterface ContactInfo ContactMethod[n]", NULL, NULL, "Number" },
	{ "UserInterface Extensions Widget[n]", NULL, NULL, "Value WidgetId" },
	{ "Video", "Monitors", NULL, NULL },
	{ "Video ActiveSpeaker", "PIPPosition", NULL, NULL },
	{ "Video Input", "MainVideoMute", "MainVideoSource", NULL },
	{ "Video Input AirPlay", "Activity Status", NULL, NULL },
	{ "Video Input Connector[n]", "Connected SignalState Type", "SourceId", "DeviceName" },
	{ "Video Input Connector[n] ConnectedDevice", NULL, NULL, "Name" },
	{ "Video Input Source[n]", "FormatStatus FormatType", "ConnectorId MediaChannelId", NULL },
	{ "Video Input Source[n] Resolution", NULL, "FormatType Height RefreshRate Width", NULL },
	{ "Video Layout CurrentLayouts", NULL, NULL, "ActiveLayout" },
	{ "Video Layout CurrentLayouts AvailableLayouts[n]", NULL, NULL, "LayoutName" },
	{ "Video Layout LayoutFamily", NULL, NULL, "Local Remote" },
	{ "Video Layout Site[n]", NULL, NULL, NULL },
	{ "Video Output Connector[n]", "Connected MonitorRole Type", NULL, NULL },
	{ "Video Output Connector[n] ConnectedDevice", NULL, NULL, "Name PreferredFormat" },
	{ "Video Output Connector[n] ConnectedDevice CEC[n]", "PowerControl PowerStatus", NULL,
	  "DeviceType Vendor" },
	{ "Video Output Connector[n] Resolution", NULL, "Height RefreshRate Width", NULL },
	{ "Video Output Monitor[n]", NULL, NULL, NULL },
	{ "Video Presentation", "PIPPosition", NULL, NULL },
	{ "Video Selfview", "FullscreenMode Mode OnMonitorRole PIPPosition", NULL, NULL },
	{ "WebEngine Features", "WebGL", NULL, NULL },
	{ "Webex", "Status", NULL, "DeveloperId" },
};

struct published {
	/* A tree of the names in the table and of further lists. Each name occurs once; lists have
	 * max_occurrence. */
	struct doc *names;
	size_t learned;
};

static struct doc *name_below(struct doc *at, const char *name)
{
	struct doc *found = doc_child(at, name, 0);
	return found ? found : doc_add(at, name, 0);
}

static void add_leaves(struct doc *at, const char *list, enum doc_type type)
{
	for (const char *s = list ? list : ""; *s; s += strspn(s, " ")) {
		char name[DOC_NAME_MAX];
		size_t len = strcspn(s, " ");
		snprintf(name, sizeof name, "%.*s", (int)len, s);
		doc_set_value(name_below(at, name), type, "");
		s += len;
	}
}

static void add_row(struct doc *at, const struct row *row)
{
	for (const char *s = row->place; *s; s += strspn(s, " ")) {
		char name[DOC_NAME_MAX];
		size_t len = strcspn(s, " ["), word = strcspn(s, " ");
		snprintf(name, sizeof name, "%.*s", (int)len, s);
		at = name_below(at, name);
		if (len < word)
			at->max_occurrence = DOC_UNBOUNDED;
		s += word;
	}
	add_leaves(at, row->words, DOC_LITERAL);
	add_leaves(at, row->numbers, DOC_INTEGER);
	add_leaves(at, row->texts, DOC_STRING);
}

struct published *published_new(void)
{
	struct published *p = mem_new(sizeof *p);
	p->names = doc_new("Status");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		add_row(p->names, &rows[i]);
	return p;
}

void published_free(struct published *p)
{
	if (!p)
		return;
	doc_free(p->names);
	free(p);
}

/* --- what is published --- */

static void set_type(struct doc *leaf, enum doc_type type)
{
	const char *value = leaf->value ? leaf->value : "";
	if (type == DOC_STRING && !leaf->value && !leaf->first && !leaf->ghost)
		doc_set_value(leaf, DOC_STRING, "");
	else if (leaf->value && (type != DOC_INTEGER || (*value && !value[strspn(value, "+-.0123456789")])))
		leaf->type = type;
}

static void set_list(struct doc *d)
{
	if (!d->max_occurrence)
		d->max_occurrence = DOC_UNBOUNDED;
	if (!d->item)
		d->item = 1;
}

/* Returns the node of p->names for a node of a Status document, and adds it if needed; NULL: LEARNED_MAX is
 * reached. */
static struct doc *name_of(struct published *p, const struct doc *d)
{
	if (!d->parent)
		return p->names;
	struct doc *above = name_of(p, d->parent), *name = above ? doc_child(above, d->name, 0) : NULL;
	if (above && !name && p->learned < LEARNED_MAX) {
		name = doc_add(above, d->name, 0);
		p->learned++;
	}
	return name;
}

/* Marks as lists all nodes below d whose path consists of the n names of line, whatever their item numbers
 * are. */
static void mark_known(struct doc *d, const struct doc *const *line, size_t n)
{
	for (struct doc *c = d->first; c; c = c->next)
		if (strcmp(c->name, line[0]->name) == 0) {
			if (n == 1)
				set_list(c);
			else
				mark_known(c, line + 1, n - 1);
		}
}

static void learn(struct published *p, struct doc *status, struct doc *d)
{
	const struct doc *line[DOC_DEPTH_MAX + 1];
	size_t at = DOC_DEPTH_MAX + 1;
	struct doc *name = name_of(p, d);
	if (!name || name->max_occurrence)
		return;
	name->max_occurrence = DOC_UNBOUNDED;
	for (const struct doc *up = name; up->parent && at > 0; up = up->parent)
		line[--at] = up;
	mark_known(status, line + at, DOC_DEPTH_MAX + 1 - at);
}

static void mark(struct published *p, struct doc *status, struct doc *news, struct doc *names)
{
	for (struct doc *c = news->first; c; c = c->next)
		if (doc_is_list(c))
			learn(p, status, c);
	for (struct doc *c = news->first; c; c = c->next) {
		struct doc *name = names ? doc_child(names, c->name, 0) : NULL;
		if (name && name->max_occurrence)
			set_list(c);
		if (name && name->value)
			set_type(c, name->type);
		mark(p, status, c, name);
	}
}

void published_mark(struct published *p, struct doc *status, struct doc *news)
{
	mark(p, status, news, p->names);
}

/* --- what is asked --- */

static const struct doc *pick(const struct doc *names, const char *word, enum doc_words how)
{
	const struct doc *found = NULL;
	size_t len = strlen(word), n = 0;
	for (const struct doc *c = names->first; c; c = c->next) {
		if (strcasecmp(c->name, word) == 0)
			return c;
		if (how == DOC_ABBREVIATED && strncasecmp(c->name, word, len) == 0)
			found = c, n++;
	}
	return n == 1 ? found : NULL;
}

static int has_any(const struct doc *d, const struct doc *const *line, size_t n)
{
	for (const struct doc *c = d->first; c; c = c->next)
		if (strcmp(c->name, line[0]->name) == 0 && (n == 1 || has_any(c, line + 1, n - 1)))
			return 1;
	return 0;
}

int published_is_empty_list(const struct published *p, const struct doc *status, const struct doc_path *path,
			    enum doc_words how)
{
	const struct doc *line[DOC_STEPS_MAX], *at = p->names;
	for (size_t i = 0; i < path->n; i++) {
		const struct doc_step *step = &path->steps[i];
		at = step->any_depth ? NULL : pick(at, step->name, how);
		if (!at)
			return 0;
		line[i] = at;
		if (at->max_occurrence && !step->item && !has_any(status, line, i + 1))
			return 1;
	}
	return 0;
}
