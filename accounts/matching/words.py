"""Words and hosts that say nothing of who a company is."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEGAL_FORMS = words(
    """
    ab ag aps as asa bv bvba co company corp corporation cv eg ehf eirl ek eurl gbr gesmbh gmbh
    inc incorporated kft kg kgaa kk limited llc llp lp ltd ltda lda mbh nv ohg oy oyj plc pte pty
    pvt sa sarl sas sasu sca se sl sll snc sp spa spzoo srl srls sro ug zoo
    """
)
FILLERS = words(
    "the and und et y e der die das la le les el los de of for",
)
# They say where or what kind: two names that differ only by them may be two firms.
PLACES = words(
    """
    group holding holdings international global worldwide europe americas america asia emea apac
    north south east west usa us uk germany deutschland france spain italy canada
    """
)
FREE_MAIL = words(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.uk
    ymail.com icloud.com me.com aol.com gmx.de gmx.net gmx.com web.de t-online.de mail.com
    proton.me protonmail.com mail.ru yandex.ru orange.fr free.fr laposte.net libero.it qq.com
    163.com 126.com zoho.com fastmail.com freemail.example
    """
)
SHARED_HOSTS = words(
    """
    facebook.com linkedin.com instagram.com twitter.com x.com youtube.com wixsite.com
    wordpress.com blogspot.com google.com github.io business.site shopify.com myshopify.com
    weebly.com squarespace.com
    """
)
SECOND_LEVEL = words("co com org net ac gov edu or ne go")
STREET_WORDS = {
    "street": "st",
    "strasse": "str",
    "avenue": "ave",
    "road": "rd",
    "boulevard": "blvd",
    "lane": "ln",
    "drive": "dr",
    "suite": "ste",
    "platz": "pl",
    "place": "pl",
    "square": "sq",
}
