"""Makes the JSON that Discord sends about the model."""

from typing import Any

import orjson
from aiohttp import web

from sandbox.discord.world.cdn import Cdn
from sandbox.discord.world.clock import iso
from sandbox.discord.world.model import (
    Attachment,
    CallbackType,
    Channel,
    Interaction,
    InteractionType,
    Membership,
    Message,
    Role,
    Server,
    User,
    World,
)
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.shapes import Payload

GUILD_CONTEXT, BOT_DM_CONTEXT = 0, 1
DM_APP_PERMISSIONS = (
    Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE | Permission.SEND_VOICE_MESSAGES
)


class Payloads:
    def __init__(self, world: World, cdn: Cdn) -> None:
        self._world = world
        self._cdn = cdn

    def application(self) -> Payload:
        application = self._world.application
        team = application.team
        return {
            **self.partial_application(),
            "name": application.name,
            "icon": None,
            "description": "",
            "type": None,
            "verify_key": "0" * 64,
            "bot_public": True,
            "bot_require_code_grant": False,
            "bot": user(application.bot),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "explicit_content_filter": 0,
            "eligible_oauth2_scopes": [],
            "approximate_guild_count": len(self._world.servers),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "owner": self._team_user() if team else user(application.owner),
            "team": self._team() if team else None,
        }

    def partial_application(self) -> Payload:
        return {"id": str(self._world.application.id), "flags": 0, "flags_new": "0"}

    def _team(self) -> Payload:
        team, team_id = self._world.application.team, str(self._world.application.id + 1)
        return {
            "id": team_id,
            "icon": None,
            "name": "The team",
            "owner_user_id": str(team[0].id),
            "members": [
                {
                    "membership_state": 2,
                    "permissions": ["*"],
                    "team_id": team_id,
                    "role": "admin",
                    "user": user(member),
                }
                for member in team
            ],
        }

    def _team_user(self) -> Payload:
        """Return the account that Discord names as the owner if a team owns the application."""
        team_id = self._world.application.id + 1
        return {**user(User(team_id, f"team{team_id}", "team")), "global_name": None}

    def guild(self, server: Server) -> Payload:
        return {
            "id": str(server.id),
            "name": server.name,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "owner_id": str(server.owner.id),
            "afk_channel_id": None,
            "afk_timeout": 300,
            "application_id": None,
            "system_channel_id": str(server.system_channel.id) if server.system_channel else None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "safety_alerts_channel_id": None,
            "vanity_url_code": None,
            "home_header": None,
            "region": "deprecated",
            "widget_enabled": False,
            "widget_channel_id": None,
            "max_members": 500_000,
            "max_presences": None,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "incidents_data": None,
            "premium_tier": server.boost_tier,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "preferred_locale": server.locale,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw": False,
            "nsfw_level": 0,
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": [role(each) for each in (server.everyone, *server.roles)],
        }

    def guild_create(self, server: Server, *, joined: bool = False) -> Payload:
        """Return a GUILD_CREATE. A server that the bot has just `joined` comes without the field `unavailable`."""
        known = {} if joined else {"unavailable": False}
        return {
            **self.guild(server),
            **known,
            "joined_at": iso(server.bot_joined_at),
            "large": False,
            "member_count": len(server.members) + 1,
            "members": [{**member(self.bot_membership()), "joined_at": iso(server.bot_joined_at)}],
            "channels": [self.channel(channel) for channel in server.channels if not channel.deleted],
            "threads": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def bot_membership(self) -> Membership:
        return Membership(self._world.application.bot, Permission.ordinary(), self._world.clock.now())

    def channel(self, channel: Channel) -> Payload:
        last = max(channel.messages, default=None)
        shown: Payload = {
            "id": str(channel.id),
            "type": 0 if channel.server else 1,
            "flags": 0,
            "last_message_id": str(last) if last else None,
        }
        if channel.recipient is not None:
            return {**shown, "recipients": [user(channel.recipient)]}
        if channel.server is None:
            return shown
        denied = Permission.ordinary() & ~channel.bot_permissions
        overwrite = {
            "id": str(self._world.application.bot.id),
            "type": 1,
            "allow": "0",
            "deny": str(int(denied)),
        }
        return {
            **shown,
            "guild_id": str(channel.server.id),
            "name": channel.name,
            "position": channel.server.channels.index(channel),
            "permission_overwrites": [overwrite] if denied else [],
            "parent_id": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "topic": None,
        }

    def attachment(self, attachment: Attachment) -> Payload:
        url = self._cdn.url(attachment)
        shown: Payload = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": attachment.size,
            "url": url,
            "proxy_url": url,
        }
        optional = {
            "content_type": attachment.content_type,
            "description": attachment.description,
            "duration_secs": attachment.duration_secs,
            "waveform": attachment.waveform,
            "ephemeral": attachment.ephemeral or None,
        }
        return shown | {key: value for key, value in optional.items() if value is not None}

    def message(self, message: Message) -> Payload:
        shown: Payload = {
            "id": str(message.id),
            "channel_id": str(message.channel.id),
            "type": 0,
            "author": user(message.author),
            "content": message.content,
            "embeds": message.embeds,
            "components": message.components,
            "attachments": [self.attachment(attachment) for attachment in message.attachments],
            "mentions": [user(self._world.users[user_id]) for user_id in sorted(message.pinged)],
            "mention_roles": [str(role_id) for role_id in sorted(message.pinged_roles)],
            "mention_everyone": message.pinged_everyone,
            "pinned": False,
            "tts": False,
            "timestamp": iso(message.created_at),
            "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
            "flags": int(message.flags),
        }
        if message.nonce is not None:
            shown["nonce"] = message.nonce
        if message.interaction is not None:
            shown |= self._made_by(message.interaction)
        if message.replied_to is not None:
            shown |= self._replying(message)
        return shown | message.kind

    def _replying(self, message: Message) -> Payload:
        earlier = message.replied_to
        if earlier is None:
            return {}
        server = message.channel.server
        place: Payload = {"guild_id": str(server.id)} if server else {}
        reference = {"type": 0, "message_id": str(earlier.id), "channel_id": str(earlier.channel.id), **place}
        referenced = None if earlier.deleted else self.message(earlier)
        return {"type": 19, "message_reference": reference, "referenced_message": referenced}

    def _made_by(self, interaction: Interaction) -> Payload:
        application_id = str(self._world.application.id)
        return {
            "application_id": application_id,
            "webhook_id": application_id,
            "type": 20 if interaction.type is InteractionType.COMMAND else 0,
            "interaction_metadata": {
                "id": str(interaction.id),
                "type": int(interaction.type),
                "user": user(interaction.user),
                "authorizing_integration_owners": self._owners(interaction),
            },
        }

    def interaction(self, interaction: Interaction) -> Payload:
        channel = interaction.channel
        sent: Payload = {
            "id": str(interaction.id),
            "application_id": str(self._world.application.id),
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": self._interaction_data(interaction),
            "channel": self.channel(channel),
            "channel_id": str(channel.id),
            "locale": interaction.user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self._owners(interaction),
            "attachment_size_limit": interaction.size_limit,
        }
        if interaction.message is not None:
            sent["message"] = self.message(interaction.message)
        return sent | self._place(interaction)

    def _interaction_data(self, interaction: Interaction) -> Payload:
        """Return the data with new links, as Discord makes them at each delivery."""
        attachments = interaction.data.get("resolved", {}).get("attachments")
        if not attachments:
            return interaction.data
        links = {key: self.attachment(self._world.attachments[int(key)]) for key in attachments}
        return {**interaction.data, "resolved": {**interaction.data["resolved"], "attachments": links}}

    def _owners(self, interaction: Interaction) -> Payload:
        """Return the authorizing owners by integration type; in the bot's DM a guild install is shown as guild 0."""
        server = interaction.channel.server
        return {"0": str(server.id) if server else "0"}

    def _place(self, interaction: Interaction) -> Payload:
        server = interaction.channel.server
        if server is None:
            return {
                "context": BOT_DM_CONTEXT,
                "user": user(interaction.user),
                "app_permissions": str(int(DM_APP_PERMISSIONS)),
            }
        bot_permissions = interaction.channel.bot_permissions | Permission.ATTACH_FILES | Permission.EMBED_LINKS
        membership = server.members[interaction.user.id]
        return {
            "context": GUILD_CONTEXT,
            "guild_id": str(server.id),
            "guild": {"id": str(server.id), "locale": server.locale, "features": []},
            "guild_locale": server.locale,
            "member": {**member(membership), "permissions": str(int(membership.permissions))},
            "app_permissions": str(int(bot_permissions)),
        }

    def callback(self, interaction: Interaction) -> Payload:
        """Return the answer to a first response with `with_response`."""
        original, answered = interaction.original, interaction.answered
        about: Payload = {"id": str(interaction.id), "type": int(interaction.type)}
        if original is None or answered is None:
            return {"interaction": about}
        about |= {
            "response_message_id": str(original.id),
            "response_message_loading": interaction.thinking,
            "response_message_ephemeral": original.ephemeral,
            "channel_id": str(interaction.channel.id),
        }
        if interaction.channel.server is not None:
            about["guild_id"] = str(interaction.channel.server.id)
        if answered not in (CallbackType.MESSAGE, CallbackType.UPDATE):
            return {"interaction": about}
        return {"interaction": about, "resource": {"type": int(answered), "message": self.message(original)}}


def answer(payload: Any, status: int = 200) -> web.Response:
    """Return a JSON response; a charset in its Content-Type would keep discord.py from parsing it."""
    return web.Response(status=status, body=orjson.dumps(payload), content_type="application/json")


def user(user: User) -> Payload:
    return {
        "id": str(user.id),
        "username": user.username,
        "global_name": None if user.bot else user.name,
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def member(membership: Membership) -> Payload:
    return {
        "user": user(membership.user),
        "roles": [str(role.id) for role in membership.roles],
        "nick": membership.nick,
        "avatar": None,
        "banner": None,
        "joined_at": iso(membership.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "flags": 0,
        "deaf": False,
        "mute": False,
    }


def role(role: Role) -> Payload:
    return {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
