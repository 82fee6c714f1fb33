"""Administration of groups: they are created, described, renamed and deleted, and get members."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import groups, queries
from app.authz.permissions import Permission
from app.http.application import current_actor, needs
from app.stages import rule_settings
from app.web.admin.group_forms import AddMemberForm, GroupForm, NewGroupForm
from app.web.forms.base import Form
from app.web.rendering.list_view import search_page
from app.web.site import abilities

blueprint = Blueprint("groups", __name__, url_prefix="/admin")

GROUPS_A_PAGE = 50
MEMBERS_A_PAGE = 100
NAMES_OFFERED = 200


@blueprint.get("/groups")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Shows the groups by name, or those that match the search."""
    abilities.require_team()
    page = search_page(
        lambda query, page_token: groups.search(text=query, max_results=GROUPS_A_PAGE, page_token=page_token)
    )
    html = render_template(
        "admin/groups.html",
        groups=page.rows,
        query=page.query,
        wrong=page.wrong,
        next_url=page.next_url,
        first_url=page.first_url,
    )
    return html, page.status


@blueprint.route("/new-group", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def create() -> ResponseReturnValue:
    """Makes an empty group."""
    abilities.require_team()
    form = NewGroupForm()
    if form.validate_on_submit() and form.attempt(
        lambda: groups.create(
            form.name.data or "",
            description=form.description.data or None,
            is_admin=form.is_admin.data,
            actor=current_actor(),
        )
    ):
        return _done(form.name.data or "", f"Group {form.name.data} created.")
    return render_template("admin/new_group.html", form=form), form.status


@blueprint.get("/groups/<group>")
@needs(Permission.ADMINISTER)
def show(group: str) -> ResponseReturnValue:
    """Shows one group: its purpose and its members."""
    return _page(group, AddMemberForm(formdata=None))


def _page(group: str, form: AddMemberForm) -> ResponseReturnValue:
    row, page_token = groups.find(group), request.args.get("page_token") or None
    members, token = groups.members(row.name, max_results=MEMBERS_A_PAGE, page_token=page_token)
    accounts, _ = queries.search(max_results=NAMES_OFFERED)
    html = render_template(
        "admin/group.html",
        group=row,
        members=members,
        form=form,
        names=[account.name for account in accounts],
        next_url=url_for("groups.show", group=row.name, page_token=token) if token else None,
        first_url=url_for("groups.show", group=row.name) if page_token else None,
    )
    return html, form.status


@blueprint.route("/groups/<group>/edit", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(group: str) -> ResponseReturnValue:
    """Changes the name or the description of the group."""
    row, form = groups.find(group), GroupForm()
    if not form.is_submitted():
        form.name.data, form.description.data = row.name, row.description
    elif form.validate() and form.attempt(lambda: _edit(row.name, form)):
        return _done(form.name.data or "", "Group saved.")
    return render_template("admin/edit_group.html", group=row, form=form), form.status


def _edit(name: str, form: GroupForm) -> None:
    groups.describe(name, form.description.data or None, actor=current_actor())
    groups.rename(name, form.name.data or "", actor=current_actor())


@blueprint.route("/groups/<group>/administrators", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def set_admin(group: str) -> ResponseReturnValue:
    """Makes the group's members administrators, or takes that away."""
    row, form = groups.find(group), Form()
    if form.validate_on_submit() and form.attempt(
        lambda: groups.set_admin(row.name, not row.is_admin, actor=current_actor())
    ):
        return _done(
            row.name, f"Members of {row.name} are {'no longer' if row.is_admin else 'now'} administrators."
        )
    return render_template("admin/group_administrators.html", group=row, form=form), form.status


@blueprint.route("/groups/<group>/delete", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def delete(group: str) -> ResponseReturnValue:
    """Deletes the group."""
    row, form = groups.find(group), Form()
    if form.validate_on_submit() and form.attempt(lambda: groups.delete(row.name, actor=current_actor())):
        flash(f"Group {row.name} deleted.", "done")
        return redirect(url_for("groups.index"), 303)
    stages = rule_settings.stages_with(row.id)
    return render_template("admin/delete_group.html", group=row, form=form, stages=stages), form.status


@blueprint.post("/groups/<group>/members")
@needs(Permission.ADMINISTER)
def add(group: str) -> ResponseReturnValue:
    """Adds somebody to the group."""
    form, name = AddMemberForm(), groups.find(group).name
    if form.validate_on_submit() and form.attempt(
        lambda: groups.add(name, form.account.data or "", actor=current_actor()), names="account"
    ):
        return _done(name, f"{(form.account.data or '').strip()} is now in the group.")
    return _page(name, form)


@blueprint.post("/groups/<group>/members/remove")
@needs(Permission.ADMINISTER)
def remove(group: str) -> ResponseReturnValue:
    """Removes from the group the account whose name the pressed button carries."""
    form, name = AddMemberForm(), groups.find(group).name
    if form.validate_on_submit() and form.attempt(
        lambda: groups.remove(name, form.account.data or "", actor=current_actor()), names="account"
    ):
        return _done(name, f"{form.account.data} is no longer in the group.")
    return _page(name, form)


def _done(name: str, words: str) -> ResponseReturnValue:
    flash(words, "done")
    return redirect(url_for("groups.show", group=name), 303)
