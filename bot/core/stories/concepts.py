"""What happened, in the words of many languages: news verbs and nouns as shared concepts.

A concept stands for any of its words, so that "fires", "launches" and 발사 say one thing. A word
with `*` stands for all words that begin so; words of unspaced scripts and of Korean count wherever
they stand. Accents and case do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from bot.core.text import HANGUL, UNSPACED, fold_all

_INSIDE = re.compile(f"[{UNSPACED}{HANGUL}]")

_LEXICON: Final = """
missile: missile* misil* mísseis míssil missili rakete* ракет* pocisk* füze* صاروخ* صواريخ الصاروخ*
  الصواريخ موشک* 미사일 导弹 飛彈 导彈 ミサイル raket rakiet*
ballistic: ballisti* balísti* balisti* баллисти* балісти* balistyczn* الباليستي* باليستي* 탄도 弹道 弾道
launch: launch* fire fires fired firing lanza* lança* lance* lancia* lancé* abfeuer* gefeuert start*et
  запуск* запустил* пуск* wystrzel* fırlat* أطلقت إطلاق تطلق 발사* 发射 發射 発射 feuer* tir tirs tiré*
test: test* prueba* ensayo* essai* prova испыта* тест* deneme* اختبار* تجربة 시험* 试验 試驗 试射 実験
nuclear: nuclear* nucléaire* nuclear* nukleare* atom* atomi* ядерн* nükleer* jądrow* نووي* النووي* 핵 핵무기
  核 核武 核武器 nucleaire* denuclear* 비핵화
base: base bases basis stützpunkt* baz* базы база базу üs üssü قاعدة قواعد 기지* 基地
secret: secret* undeclared undisclosed hidden geheim* oculta* ocultar* declaradas тайн* секретн*
  gizli سرية سري 비밀 미신고* 秘密
satellite: satellit* satélit* спутник* uydu قمر الأقمار 위성* 卫星 衛星
rocket: rocket* cohete* fusée* foguete* 로켓* 火箭 ロケット
weapon: weapon* arms arma armas arme armes waffe* оруж* silah* أسلحة سلاح 무기* 武器 兵器
drone: drone* dron drones drohne* дрон* беспилот* dronlar* insansız مسيرة مسيرات 드론* 무인기 无人机 無人機 ドローン
troops: troop* soldier* soldado* soldat* truppe* soldati солдат* войск* asker* żołnierz* جنود قوات 군인 병력 士兵
  军队 軍隊 兵士
military: military militar* militär* militaire* воен* askeri wojsk* عسكري* 군사 军事 軍事
attack: attack* strike strikes struck raid raids ataque* ataca* attaque* angriff* angegriffen attacc* атак* удар*
  saldırı* atak* هجوم غارة غارات قصف 공격* 공습 袭击 襲擊 攻击 空袭 攻撃 bombard*
explosion: explosion* blast* explode* explosión esplosion* взрыв* patlama* wybuch* انفجار 폭발* 爆炸 爆発 bomb bombs
  bombing bombe* bomba*
shooting: shooting* gunman gunmen shot shoots tiroteo fusillade* schüsse schieß* sparatoria стрельб* 총격 枪击 銃撃
kill: kill* dead death deaths die dies died muert* muere* mort morts mata* tot tote toten getötet tué* uccis* morti
  погиб* убит* умер* смерт* öld* ölü* zabit* zgin* zmar* قتل قتلى مقتل وفاة توفي 사망* 숨져 死亡 遇难 死者 死去
injure: injur* wound* herid* bless* verletz* ferit* ранен* пострадав* yaral* rann* جرحى إصابة 부상* 受伤 受傷 負傷
hostage: hostage* kidnap* abduct* rehén* rehen* otage* geisel* ostagg* заложник* похищ* rehine* رهائن اختطاف 납치*
  인질 人质 人質 拉致
war: war wars guerra guerre krieg* войн* wojn* savaş* حرب الحرب 전쟁 战争 戰爭 戦争
ceasefire: ceasefire* truce tregua trêve waffenruhe waffenstillstand
  перемири* ateşkes rozejm* هدنة وقف 휴전* 정전 停火 停戦
talks: talk talks negotiat* negocia* négocia* verhandl* gespräch* gesprach* trattativ* negoziat* переговор* görüşme*
  müzakere* rozmow* negocj* محادثات مفاوضات 회담* 협상* 谈判 會談 会谈 交渉 会談 dialogue diálogo
summit: summit* cumbre* sommet* gipfel* vertice саммит* zirve* szczyt* قمة 정상회담 峰会 峰會 首脳
visit: visit* trip trips travel* arrive* arrives arrival heads headed lands landed visita* viaj* voyage* besuch* reis*
  визит* прибыл* ziyaret* wizyt* زيارة يزور 방문* 访问 訪問 抵达 訪朝 访朝
meet: meet meets met meeting meetings reunión reunion* réunion* rencontre* treffen trifft incontr* встреч* toplantı*
  spotka* اجتماع لقاء 만나* 회의 会见 會見 会晤 会议
agreement: agree agrees agreed agreement* deal deals pact treaty acuerdo* accord* abkommen vereinbar* einig* соглашен*
  договор* anlaşma* umow* porozumien* اتفاق 합의* 협정 协议 協議 合意
sanction: sanction* sancion* sanção sanções sanktion* sanzion* санкци* yaptırım* sankcj* عقوبات 제재* 制裁
condemn: condemn* slam slams slammed denounce* criticis* criticiz* rebuke* conden* condamn* verurteil* kritisier*
  осуд* критик* kına* eleştir* potęp* أدان تدين إدانة 비난* 규탄* 谴责 譴責 批评 非難
vow: vow vows vowed pledge* pledges promis* promet* verspr* обещ* obiec* تعهد 약속* 다짐* 承诺 誓言
warn: warn* advierte* advert* averti* warnt warnung* предупре* uyar* ostrzeg* حذر يحذر تحذير 경고* 警告
reject: reject* refus* deny denies denied rechaz* niega rejette* nie démenti* lehnt abgelehnt dementier* отверг* отриц*
  reddet* odrzuc* نفى رفض 거부* 부인* 拒绝 否认 拒否 否定
postpone: postpone* delay* cancel* aplaza* cancela* reporté* annul* verschob* verschieb* abgesagt rinvia* отложен*
  перенес* отмен* ertelen* iptal* przełoż* odwoł* تأجيل إلغاء 연기* 취소* 推迟 取消 延期 中止
election: election* vote votes voting voters poll polls ballot* elecc* eleiç* élection* elettoral* elezion* wahl*
  выбор* голосов* seçim* wybor* انتخابات 선거* 투표* 选举 選舉 投票 選挙
president: president* présiden* präsident* prezydent* президент* cumhurbaşkan* başkan* رئيس الرئيس 대통령* 主席 总统 總統
  大統領
minister: minister* ministr* ministro* ministre* министр* bakan* وزير 장관* 部长 部長 大臣 外相
resign: resign* quits quit dimi* démission* rücktritt* zurückget* dimission* отставк* istifa* rezygn*
  dymisj* استقال استقالة 사임* 사퇴* 辞职 辭職 辞任
arrest: arrest* detain* detenid* detien* arrêt* festgenommen festnahme* verhaft* задерж* арест* gözaltı* tutuklan*
  zatrzym* areszt* اعتقال اعتقلت 체포* 구속* 逮捕 拘留 被捕
trial: trial* court* judge* verdict juicio tribunal* procès gericht* prozess* processo суд суда судом mahkeme* dava*
  sąd* محكمة محاكمة 재판* 법원* 法院 审判 裁判
sentence: sentence* jailed jail prison* cárcel haft gefängnis* prigion* приговор* тюрьм* hapis
  cezas* więzien* السجن حكم 징역* 선고* 判刑 监禁 懲役
police: police polic* polizei* polizi* полици* polis* شرطة الشرطة 경찰* 警方 警察
protest: protest* manifest* demonstr* протест* gösteri* احتجاج مظاهرات 시위* 抗议 抗議 デモ
earthquake: earthquake* quake* tremor* terremoto* sismo* séisme* tremblement* erdbeben* землетряс* deprem* trzęsien*
  زلزال 지진* 地震 magnitude magnitud* stärke büyüklüğ* 규모
flood: flood* inundac* inondation* hochwasser* überschwemm* alluvion* наводнен* sel seller powódź powodz* فيضان* سيول
  홍수* 洪水 洪涝
storm: storm* hurricane* typhoon* cyclone* tornado* tormenta* huracán tempête* ouragan* sturm* unwetter* ураган*
  тайфун* шторм* kasırga* fırtına* burz* إعصار عاصفة 태풍* 폭풍* 台风 颱風 台風
fire_blaze: wildfire* blaze* incendio* incendie* brand brände* waldbrand* feuerwehr* пожар* yangın* pożar* حريق حرائق
  화재* 산불* 火灾 大火 山火 火災
crash: crash* collid* collision* accident* choque* estrell* unfall* absturz* abgestürzt incident* авари* крушен* дтп
  kaza* wypad* katastrof* حادث تحطم 추락* 충돌* 사고* 坠毁 车祸 事故 墜落
plane: plane* aircraft jet jets avión avion* flugzeug* aereo самолет* самолёт* uçak* samolot* طائرة 항공기 飞机 飛機
  航空機
ship: ship ships vessel* boat* warship* destroyer tanker* barco* buque* navire* bateau* schiff* nave корабл* судно
  gemi* statek* okręt* سفينة 선박* 함정 구축함 船 军舰 驱逐舰 艦
train: train trains tren treno zug* bahn* поезд* pociąg* قطار 열차* 列车 列車
virus: virus* coronavirus* covid* pandemi* вирус* коронавирус* wirus* koronawirus* koronavirüs* كورونا فيروس 바이러스*
  코로나* 病毒 新冠 疫情 肺炎 ウイルス コロナ
vaccine: vaccin* vacuna* impf* вакцин* aşı* szczepion* لقاح 백신* 疫苗 ワクチン
infection: infect* infiz* infizier* contagi* cases заражен* заболев* vaka* zakaż* إصابات 확진* 감염* 感染 确诊 確診
hospital: hospital* krankenhaus* hôpital* hôpitaux ospedal* больниц* hastane* szpital* مستشفى 병원* 医院 醫院 病院
lockdown: lockdown* quarant* cuarentena* confinement* ausgangs* карантин* karantin* kwarantann* حجر 봉쇄* 격리* 封锁
  隔离 隔離
economy: econom* économ* wirtschaft* экономи* ekonomi* gospodar* اقتصاد* 경제* 经济 經濟 経済
price: price* prices inflation precio* prix preis* prezz* цен цены цена inflac* fiyat* zam cen ceny أسعار 가격* 물가*
  价格 物价 価格
oil: oil crude petróleo petrol* pétrole öl ölpreis* нефт* ropa ropy ropę نفط النفط 석유* 원유 石油 原油
gas: gas gaz gás gazprom газ газа газу doğalgaz غاز 가스* 天然气
stock: stock stocks shares market markets bolsa börse* aktie* bourse borsa бирж* акци* giełd* بورصة 증시* 주가* 股市
  股票 株価
trade: trade tariff* comercio commerc* handel* zölle commercio торгов* пошлин* ticaret* تجارة 무역* 관세* 贸易 貿易 关税
strike_work: walkout* huelga* grève* streik* sciopero забастовк* grev strajk* إضراب 파업* 罢工
football: football* soccer footballers fútbol fußball* calcio футбол* futbol* piłkar* كرة 축구* 足球 サッカー
match: match* final finals partido spiel* partita матч* maç* mecz* مباراة 경기* 比赛 比賽 試合
win: win wins won winner* victor* beat beats champion* gana ganó gagne* gewinn* gewonn* sieg* vinc* победи* выигра*
  kazan* wygra* فوز فاز 우승* 승리* 获胜 夺冠 優勝 勝利
women: women* woman mujer* femme* frau* donn* женщин* kadın* kobiet* نساء 여자* 여성* 女子 女性
child: child* kids niño* niñ* enfant* kind kinder* bambin* дет детей ребен* çocuk* dziec* أطفال 아동* 어린이* 儿童 兒童
  子供
refugee: refugee* migrant* refugiad* réfugié* flüchtling* migrat* беженц* мигрант* mülteci* göçmen* uchodź* لاجئ*
  난민* 难民 難民 移民
border: border* frontera* frontière* grenz* confin* границ* sınır* granic* حدود الحدود 국경* 边境 邊境 国境
sea: sea seas ocean waters mar mer meer mare море моря deniz* morz* بحر البحر 해상* 동해 서해 海域 黄海 日本海
mine: landmine* landmines mina minas minen мин mayın* miny ألغام 지뢰* 地雷
report: report* study survey informe* estudio* rapport* étude* bericht* studie* отчет* доклад* исследован* rapor*
  araştırma* raport* badani* تقرير دراسة 보고서* 报告 報告 研究
identify: identif* discover* found reveal* revel* révél* entdeck* scopert* обнаруж* выявл* ortaya odkry* كشف 확인* 발견*
  공개* 发现 發現 発見
parliament: parliament* congress* senate* congreso senado parlement* bundestag* parlament* парламент* дум* meclis* sejm*
  برلمان 국회* 의회* 议会 國會 国会
law: law laws bill legislation ley loi gesetz* legge закон* yasa* kanun* ustaw* قانون 법안* 법률* 法案 法律
constitution: constitution* constituci* verfassung* costituzion* конституц* anayasa* konstytuc* دستور 헌법* 宪法 憲法
bank: bank* banco banque* banca банк* بنك 은행* 银行 銀行
company: company firm corporation empresa* entreprise* unternehmen azienda* компани* şirket* firma firmy شركة 기업* 회사*
  公司 企業
school: school* universit* escuela* école* schule* schul* scuola школ* универс* okul* szkoł* مدرسة جامعة 학교* 대학* 学校
  大学
church: church* pope papa papst* iglesia* église* kirche* chiesa церк* kilise kości* بابا 교황* 교회* 教皇 教会
film: film* movie* película* kino* фильм* oscar* 영화* 电影 電影 映画
space: space nasa astronaut* espacio* espac* weltraum* spazio космос* космич* uzay* kosm* فضاء 우주* 太空 航天 宇宙
hack: hack* cyber* ciber* piraté* хакер* кибер* siber* haker* اختراق 해킹* 사이버* 黑客 网络攻击 ハッカー
spy: spy spies espion* espía* spion* шпион* casus* szpieg* تجسس 간첩* 스파이* 间谍 スパイ
withdraw: withdraw* pullout retir* abzug* ritir* вывод* вывед* çekil* wycof* انسحاب 철수* 撤军 撤退
"""


def _entries() -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    concept = ""
    for item in _LEXICON.split():
        if item.endswith(":"):
            concept = item[:-1]
        else:
            pairs.append((item, concept))
    return tuple(pairs)


@cache
def _words() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return whole words, beginnings of words, and what counts inside of words."""
    whole: dict[str, str] = {}
    begins: dict[str, str] = {}
    inside: dict[str, str] = {}
    pairs = _entries()
    folded = fold_all([word for word, _ in pairs])
    for (word, concept), key in zip(pairs, folded, strict=True):
        text = key.decode()
        kind = inside if _INSIDE.match(text) else begins if word.endswith("*") else whole
        kind.setdefault(text, concept)
    return whole, begins, inside


_known: dict[str, str] = {}  # news repeats its words
_MOST_KNOWN: Final = 50_000


def concept_of(word: str) -> str:
    """Return the concept that a folded word stands for; "" when it stands for none."""
    found = _known.get(word)
    if found is None:
        whole, begins, _ = _words()
        found = whole.get(word, "")
        for length in range(len(word), 2, -1):
            if found:
                break
            found = begins.get(word[:length], "")
        if len(_known) > _MOST_KNOWN:
            _known.clear()
        _known[word] = found
    return found


def concepts_in(run: str) -> Iterator[str]:
    """Yield the concepts named in a run of an unspaced script or a Korean word."""
    inside = _words()[2]
    for start in range(len(run)):
        for length in (4, 3, 2, 1):
            if found := inside.get(run[start : start + length]):
                yield found
                break
