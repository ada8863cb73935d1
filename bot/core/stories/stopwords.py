"""Words that say nothing of what happened, by language; which of them a text uses names its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.core.text import fold_all

_BY_LANGUAGE: Final = {
    "en": """a about above after again against all also am an and another any are aren as at away back be became
        because been before being below between both but by can cannot could did do does doing don down during each
        early even every few first for from further get gets go goes going got had has have having he her here hers
        him his how i if in into is isn it its itself just last late later least less like live made make makes many
        may me more most much must my near new news next no nor not now of off on once one only or other our out over
        own people per put re s said same say saying says see set she should since so some still such t take takes
        than that the their them then there these they this those through time to told too toward towards under until
        up upon us use used very via was wasn way we week were what when where which while who whom why will with
        within without would year years yet you your d ll ve amid among around ahead day days month months today
        yesterday tomorrow hour hours latest update updates watch video photos key according part two three""",
    "de": """aber alle als am an auch auf aus bei bin bis da das dass dem den der des die dies diese dieser doch dort
        du durch ein eine einem einen einer eines er es für gegen hat haben hatte ich ihr ihre im in ins ist ja jetzt
        kann kein keine mehr mit muss nach nicht noch nun nur ob oder ohne sei seit sein seine sich sie sind so soll
        sollen über um und uns unter vom von vor war warum was weil wenn werden wer wie wieder wird wir worden wurde
        wurden zu zum zur zwischen jahr jahre jahren sagte neue neuen heute uhr""",
    "es": """a al algo ante años antes año así aunque cada como con contra cual cuando de del desde donde dos durante
        e el ella en entre era es esa ese esta este está están esto fue fueron ha haber había han hasta hay la las le
        les lo los más me mi mientras muy nada ni no nos o otra otro para pero poco por porque que qué quien se según
        ser si sido sin sobre son su sus también tan tiene tienen todo todos tras un una uno y ya""",
    "fr": """a afin ainsi alors après au aussi autre aux avant avec c car ce cela ces cet cette ceux chez ci comme d
        dans de depuis des deux donc dont du elle elles en encore entre est et été être eu fait il ils j je jusqu l la
        le les leur leurs lors lui m mais même moins n ne ni nos notre nous on ont ou où par pas pendant peu plus pour
        qu quand que qui s sa sans se selon ses si son sont sous sur tout tous très un une vers vos vous y ans""",
    "it": """a ad agli ai al alla alle allo anche anni c che chi ci come con cui da dagli dai dal dalla dalle dei del
        della delle dello di dopo dove due e ed è era fra gli ha hanno i il in io l la le lo loro ma mentre mi molto
        nei nel nella nelle non nostro o oggi ogni per perché più poi prima quando quello questa questo se secondo
        senza si sia sono stata stato sua sui sul sulla suo tra tutti tutto un una uno""",
    "pt": """a ao aos as até com como contra da das de depois do dos e é ela ele em entre era essa esse esta este foi
        foram há isso já mais mas mesmo muito na nas não no nos o os ou para pela pelas pelo pelos por porque quando
        que quem se segundo sem ser seu seus são sobre sua suas também tem um uma anos""",
    "ru": """а без более будет будут бы был была были было быть в вам вас весь во вот все всего всех вы где да даже
        для до его ее если есть еще же за здесь и из или им их к как ко когда которая которые который которых кто ли
        меня мне может мы на над не него нее нет ни них но ну о об он она они от по под после при про с свои своей
        со так также такой там то того том тоже только у уже что чтобы это этого этой этом я года году лет""",
    "uk": """а без був була було були в ви від він вона вони все для до за з зі із і й й його її їх має на над не
        немає про по під після при та також те то у це цей цього ця що щоб як який яка які""",
    "pl": """a ale bez był była było być by co czy dla do gdy go i ich ile im inne ja jak jako jednak jego jej jest
        już każdy kiedy kto która które który którzy ma mają może na nad nie nich nim niż o od oraz po pod przed przez
        przy są się sobie ta tak także tam te tego tej ten to tu tylko tym u w we wraz wszystko z za ze że żeby lat
        roku""",
    "tr": """ama ancak az bazı ben bile bir biri bu bunu çok da daha de değil diye en gibi göre hem her hiç için ile
        ise kadar karşı ki kim mi mu nasıl ne neden olan olarak oldu olduğu olduğunu sonra şu şey tarafından tüm ve
        veya ya yeni yıl""",
    "nl": """aan al als bij dan dat de der deze die dit door een en er haar had heeft het hij hun ik in is je kan maar
        meer met na naar niet nog nu of om onder ook op over te tegen tot uit van voor was wat werd wie wordt zijn""",
    "sv": """att av de den det du efter en ett från för han har hon i in inte jag kan med men mot ni nu när och om på
        sig sin som så till under upp ut var vi vid är över""",
    "ar": """في من على إلى عن مع أن إن التي الذي ما لا لم هذا هذه ذلك كان كانت وقد قد بعد قبل بين حتى كما أو ثم هو هي
        عند خلال وفي ومن وعلى أنه أنها قال وقال حول ضد كل بعض غير""",
    "fa": """از به با در را که این آن و برای تا است بود شد شده می یک هم نیز خود کرد کرده های ها""",
    "id": """ada adalah akan atau bagi bahwa dalam dan dapat dari dengan di ini itu juga karena ke kepada lebih
        menjadi oleh pada para saat sebagai secara telah tersebut tidak untuk yang""",
}


def _index() -> Mapping[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for language, text in _BY_LANGUAGE.items():
        for folded in fold_all(text.split()):
            known = words.get(key := folded.decode(), ())
            if language not in known:
                words[key] = (*known, language)
    return MappingProxyType(words)


#: Folded function words, each with the languages it belongs to.
STOPWORDS: Final = _index()
