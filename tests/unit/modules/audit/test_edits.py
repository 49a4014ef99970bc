from pathlib import Path

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.states import Depth
from chariot.modules.audit.circumstances import Circumstances, circumstances
from chariot.modules.audit.edits import EditAudit
from chariot.modules.audit.ports import Question
from chariot.modules.audit.service import AuditService
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")


async def test_each_edit_is_an_entry_with_digests_of_before_and_after(
    audit: AuditService, tmp_path: Path
) -> None:
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "surface.db"))
    surface = SurfaceService(store, tell=EditAudit(audit))
    seed = Seed(value="example.com")
    token = circumstances.set(Circumstances("192.0.2.9", "r-1"))

    await surface.edit(ACME, [Edit(actor="user:ann", entity=seed)])
    await surface.edit(ACME, [Edit(actor="user:ann", key=seed.key, fields={"depth": Depth.DEEP.value})])
    await surface.edit(ACME, [Edit(actor="user:ann", key=seed.key, fields={"depth": Depth.DEEP.value})])
    circumstances.reset(token)
    await store.close()

    found, _ = await audit.find(ACME, Question(action="seed:edit"))
    assert [one.details["op"] for one in found] == ["decided", "created"]
    assert found[1].before == ""
    assert found[0].before == found[1].after != found[0].after
    assert (found[0].address, found[0].request_id, found[0].object) == ("192.0.2.9", "r-1", seed.key)
